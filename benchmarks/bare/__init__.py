"""The floor: Django with session and login, one query, one template, and nothing else."""
