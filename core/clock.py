"""Days are cut in Asia/Shanghai; instants are UTC. The clock is read at the edge only."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

BEIJING = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """The instant, in UTC. For views, tasks and commands; everything below takes `at=`."""
    return timezone.now()


def day_of(at: datetime) -> date:
    """The calendar day in Beijing at this instant."""
    return at.astimezone(BEIJING).date()


def today() -> date:
    return day_of(now())


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
