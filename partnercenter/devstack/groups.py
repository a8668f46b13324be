"""Ending process groups: a program together with what it forked."""

import os
import signal
import time
from collections.abc import Callable, Iterable
from contextlib import suppress


def end_groups(
    leaders: Iterable[int], *, grace: float, reap: Callable[[], object] = lambda: None
) -> None:
    """Ask each leader to stop, wait up to `grace` seconds, then kill what is left of the groups.

    A leader stops its own forks; those that outlive it are orphans. `reap` collects children
    that ended: without it a zombie would look alive.
    """
    pids = set(leaders)
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + grace
    while any(_alive(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.05)
        reap()
    for pid in pids:
        # macOS refuses to signal a group of which only zombies are left.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
    reap()


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
