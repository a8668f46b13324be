"""A made-up world: partners, their people, customers and what they spend. Nobody in it is real.

The same seed, sizes and dates make the same rows, byte for byte, on any number of processes:
every chunk of customers is a pure function of the plan and of its range of numbers.

plan.py (who there is) → customers.py, consumption.py (rows of a chunk, as COPY text) →
loading.py (tables without their indexes, and with them again) → seeding.py (the whole).
"""
