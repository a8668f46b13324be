"""When an e-mail may go: the daily digest's hour and the quiet hours, both in Beijing."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from core.clock import BEIJING

MOST_AN_HOUR = 10  # e-mails to one member; what is more goes together in the next one
DIGEST_HOUR = 8


@dataclass(frozen=True)
class Quiet:
    """No e-mail from the first hour on until the last one begins; the night may lie between."""

    first: int
    last: int

    def covers(self, at: datetime) -> bool:
        hour = at.astimezone(BEIJING).hour
        if self.first < self.last:
            return self.first <= hour < self.last
        return hour >= self.first or hour < self.last


def next_hour(hour: int, at: datetime) -> datetime:
    """The next time that it is `hour` o'clock; `at` itself, if it is just then."""
    local = at.astimezone(BEIJING)
    then = local.replace(hour=hour, minute=0, second=0, microsecond=0)
    return then if then >= local else then + timedelta(days=1)


def after_quiet(at: datetime, quiet: Quiet | None) -> datetime:
    return next_hour(quiet.last, at) if quiet and quiet.covers(at) else at


def goes_at(
    created_at: datetime, at: datetime, *, digest_hour: int | None, quiet: Quiet | None
) -> datetime:
    """When what was told at `created_at` may be mailed, seen from `at`; not before `at`."""
    waits = at if digest_hour is None else max(at, next_hour(digest_hour, created_at))
    return after_quiet(waits, quiet)
