"""The supervisor's shadow: when that is killed, ends its children and then the servers.

The supervisor writes `hold <pid>` for each child and `done` at an orderly end. Its death,
kill -9 included, closes the pipe: that needs no polling and works on Linux and macOS alike.
"""

import signal
import sys
from collections.abc import Iterable

from . import stack
from .processes import end_groups

GRACE_SECONDS = 5


def main(lines: Iterable[str]) -> None:
    """Remember the children until the pipe closes; end them unless told that it is done."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # its end is the pipe's end
    stack.attach()
    held: list[int] = []
    for line in lines:
        verb, _, pid = line.strip().partition(" ")
        if verb == "done":
            return
        held.append(int(pid))
    end_groups(held, grace=GRACE_SECONDS)


if __name__ == "__main__":
    main(sys.stdin)
