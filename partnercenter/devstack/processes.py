"""Looking at and ending processes, our children or not, on Linux and macOS."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path


def program_of(pid: int) -> str:
    """The name of the program that runs under this pid; empty when it has ended.

    A zombie has ended: its files and sockets are gone, and in a container nobody may collect it.
    """
    state, _, name = (_from_proc if sys.platform == "linux" else _from_ps)(pid).partition(" ")
    return "" if state.startswith(("Z", "X")) else name


def _from_proc(pid: int) -> str:
    try:  # "17 (name) S …"; ps is missing on a bare Debian
        name, _, rest = Path(f"/proc/{pid}/stat").read_text().rpartition(")")
    except OSError:
        return ""
    return f"{rest.split()[0]} {name.partition('(')[2]}"


def _from_ps(pid: int) -> str:
    words = ["ps", "-o", "stat=", "-o", "comm=", "-p", str(pid)]
    return subprocess.run(words, capture_output=True, text=True).stdout.strip()


def end_groups(leaders: Iterable[int], *, grace: float) -> None:
    """Ask each leader to stop, wait up to `grace` seconds, then kill what is left of the groups.

    A leader stops its own forks; those that outlive it are orphans.
    """
    pids = set(leaders)
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + grace
    while any(program_of(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.05)
    for pid in pids:
        # macOS refuses to signal a group of which only zombies are left.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
