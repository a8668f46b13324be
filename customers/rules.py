"""Rules of customers without I/O."""

from datetime import date, datetime, timedelta

from core.clock import day_of


def performance_starts_on(assigned_at: datetime) -> date:
    """业绩 counts for a manager from the Beijing day after the assignment (spec §7.1, [S110])."""
    return day_of(assigned_at) + timedelta(days=1)
