"""Calls at once, each in a thread and on a connection of its own."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from django.db import connection

_SOMEBODY_WAITS = (
    "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted"
    " AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))"
)


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


def begin_and_wait(call: Callable[[], Any]) -> "Future[Any]":
    """Begin `call` beside this transaction, and return once it waits for a lock of ours."""
    future = _begin(call)
    _wait_until_blocking(future)
    return future


def run_beside(call: Callable[[], Any]) -> Any:
    """What `call` returns, which must not wait for a lock of this transaction."""
    return _begin(call).result(timeout=20)


def _begin(call: Callable[[], Any]) -> "Future[Any]":
    def run() -> Any:
        try:
            return call()
        finally:
            connection.close()

    pool = ThreadPoolExecutor(1)
    future = pool.submit(run)
    pool.shutdown(wait=False)
    return future


def _wait_until_blocking(future: "Future[Any]") -> None:
    with connection.cursor() as cursor:
        for _try in range(500):
            cursor.execute(_SOMEBODY_WAITS)
            if cursor.fetchone()[0] or future.done():
                return
            time.sleep(0.01)
    raise AssertionError("nobody came to wait")
