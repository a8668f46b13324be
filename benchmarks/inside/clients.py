"""Clients at once, each a process with a connection of its own."""

import multiprocessing
import time
from collections.abc import Callable

from django.db import connection, connections

from core import tenancy

Make = Callable[[str], int]  # does something for a key, the same each time; returns how many
AGAIN = 20  # every so many acts one is done again: it must change nothing


def at_once(make: Make, run: str, *, clients: int, seconds: float) -> tuple[int, dict[str, float]]:
    """How many were acknowledged, and how fast. Keys are `bench:<run>:<client>:<n>`."""
    connections.close_all()
    context = multiprocessing.get_context("fork")
    ready, answers = context.Barrier(clients), context.Queue()

    def client(n: int) -> None:
        acked, times = 0, []
        with connection.cursor() as cursor:  # a call of the service is a transaction of its own
            cursor.execute(f"SET ROLE {tenancy.VENDOR}")
        ready.wait()
        began = time.perf_counter()
        while time.perf_counter() - began < seconds:
            start = time.perf_counter()
            key = f"bench:{run}:{n}:{len(times)}"
            acked += make(key)
            times.append(time.perf_counter() - start)
            if len(times) % AGAIN == 0:
                make(key)
        spent = time.perf_counter() - began
        connections.close_all()
        answers.put((acked, spent, sorted(times)[int(len(times) * 0.95)]))

    children = [context.Process(target=client, args=(n,)) for n in range(clients)]
    for child in children:
        child.start()
    found = [answers.get() for _child in children]
    for child in children:
        child.join()
    rate = sum(each[0] / each[1] for each in found)
    speed = {"per_second": rate, "p95_ms": max(each[2] for each in found) * 1000}
    return sum(each[0] for each in found), speed
