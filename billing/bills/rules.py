"""Pure rules of 伙伴账单 (sales_pipeline.md §6.2)."""

from datetime import date, datetime, time

from core.clock import BEIJING, first_of_month, next_month, previous_month

ADJUSTED_MONTHS = 3  # billed months whose later corrections come onto the next bills
FIRST_DAY = 4  # from this day on last month's bills are made once its data is complete
LAST_DAY, LAST_HOUR = 5, time(11)  # from then on they are made as it is: by 12:00 they are there


def month_due(at: datetime, is_complete: bool) -> date | None:
    """The month whose bills are to be made at this instant, or None.

    Args:
        is_complete: whether all days of last month have their figures.
    """
    here = at.astimezone(BEIJING)
    late = (here.day, here.time()) >= (LAST_DAY, LAST_HOUR)
    if here.day < FIRST_DAY or not (is_complete or late):
        return None
    return previous_month(here.date())


def is_over(month: date, at: datetime) -> bool:
    """Whether no further charge of the month can come into being."""
    return at.astimezone(BEIJING).date() >= next_month(month)


def adjusted_from(month: date) -> date:
    """The first month whose corrections come onto this month's bills."""
    first = first_of_month(month)
    for _n in range(ADJUSTED_MONTHS):
        first = previous_month(first)
    return first
