"""Days are cut in Asia/Shanghai; instants are UTC. The clock is read at the edge only."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _

from .refusals import Refused

BEIJING = ZoneInfo("Asia/Shanghai")
# What somebody may mean by a date. Beyond it is a slip; and at the ends of the calendar an
# instant lies outside it in another time zone: stored, it could never be read again.
FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2200, 12, 31)


def now() -> datetime:
    """The instant, in UTC. For views, tasks and commands; everything below takes `at=`."""
    return timezone.now()


def day_of(at: datetime) -> date:
    """The calendar day in Beijing at this instant."""
    return at.astimezone(BEIJING).date()


def today() -> date:
    return day_of(now())


def is_sensible(day: date) -> bool:
    return FIRST_DAY <= day <= LAST_DAY


def check_day(day: date, label: str) -> None:
    """Raises Refused unless somebody may mean this day."""
    if not is_sensible(day):
        words = {"label": label, "first": FIRST_DAY, "last": LAST_DAY}
        raise Refused(_("“%(label)s”须在 %(first)s 至 %(last)s 之间。") % words)


def start_of(day: date) -> datetime:
    """Midnight in Beijing at the start of `day`, as an instant."""
    return datetime.combine(day, time(), BEIJING).astimezone(UTC)


def first_of_month(day: date) -> date:
    return day.replace(day=1)


def next_month(day: date) -> date:
    """The first day of the month after `day`."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def previous_month(day: date) -> date:
    """The first day of the month before `day`."""
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)
