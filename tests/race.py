"""Run one call in several threads at once, each on its own connection."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection


def race(call: Callable[[], Any], times: int = 4) -> list[Any]:
    """What each call returned, or the exception it raised, in no particular order."""
    barrier = threading.Barrier(times)
    results: list[Any] = []

    def run() -> None:
        barrier.wait()
        try:
            results.append(call())
        except Exception as error:
            results.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
