"""Levels of a budget, without I/O (customers_coupons.md §4.5)."""

from datetime import date
from decimal import Decimal

from core.clock import first_of_month

MONTHLY, ONE_TIME = "monthly", "one_time"
RECIPIENTS_MOST = 50  # of a partner, beside the main account and the managers
LEVELS = (75, 90, 100)  # percent at which the partner is warned, each once a period


def percent(used: Decimal, amount: Decimal) -> Decimal:
    """How much of the budget is used; one of nothing is used up."""
    return used * 100 / amount if amount > 0 else Decimal(100)


def level(used: Decimal, amount: Decimal) -> int:
    """The highest of LEVELS that is reached; 0 below the first."""
    reached = percent(used, amount)
    return max((each for each in LEVELS if reached >= each), default=0)


def counts_from(kind: str, starts_on: date, today: date) -> date:
    """The first day of the period that counts now: this month's, or the budget's own."""
    return first_of_month(today) if kind == MONTHLY else starts_on
