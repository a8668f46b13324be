"""How far running jobs are, and whether they are still wanted.

Told and asked through the cache: a job that runs looks at the world of one moment and keeps its
transaction open, so it cannot see or write rows meanwhile. Nothing depends on it: what is lost
here is only the figure on the screen, and a cancelled job is refused its end by its row.
"""

import time
from collections.abc import Iterable

from django.core.cache import cache

_HOURS = 24 * 3600
_EVERY = 0.5  # seconds


class Cancelled(Exception):
    """The job is not wanted any more."""


class Progress:
    """One running job's report."""

    def __init__(self, job_id: int) -> None:
        self._job_id, self._rows, self._total = job_id, 0, 0
        self._next = 0.0
        cache.delete(_cancel_key(job_id))  # an earlier wish was for an earlier run

    def expect(self, total: int) -> None:
        self._total = total

    def advance(self, rows: int) -> None:
        """More rows are done. Raises Cancelled."""
        self._rows += rows
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + _EVERY
        if cache.get(_cancel_key(self._job_id)):
            raise Cancelled
        cache.set(_key(self._job_id), (self._rows, self._total), _HOURS)


def percents(job_ids: Iterable[int]) -> dict[int, int]:
    """How far each of these running jobs is, of 100; unknown ones are left out."""
    found = cache.get_many([_key(pk) for pk in job_ids])
    return {
        int(key.rpartition(":")[2]): min(99, 100 * rows // total)
        for key, (rows, total) in found.items()
        if total
    }


def ask_to_stop(job_id: int) -> None:
    cache.set(_cancel_key(job_id), True, _HOURS)


def _key(job_id: int) -> str:
    return f"job-progress:{job_id}"


def _cancel_key(job_id: int) -> str:
    return f"job-cancel:{job_id}"
