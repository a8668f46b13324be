"""账期: one of the last 18 months (customers_coupons.md §12.1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext_lazy as _

from billing.figures import MONTHS
from core.clock import first_of_month, previous_month
from core.lists import filters


def months_until(today: date) -> list[date]:
    """The months that may be looked at, newest first."""
    months = [first_of_month(today)]
    while len(months) < MONTHS:
        months.append(previous_month(months[-1]))
    return months


def month_of(data: Mapping[str, str], today: date) -> date:
    """The month that an address asks for; without one, or with another's, this month."""
    wanted = data.get("month", "")
    known = {f"{month:%Y-%m}": month for month in months_until(today)}
    return known.get(wanted, first_of_month(today))


@dataclass(frozen=True)
class ByMonth(filters.Choice):
    """Says which month; the rows are of that month already (`month_of`)."""

    def narrow(self, rows: filters.Rows, value: str) -> filters.Rows:
        return rows


def by_month(today: date) -> ByMonth:
    words = {f"{month:%Y-%m}": f"{month:%Y-%m}" for month in months_until(today)}
    return ByMonth("month", _("账期"), choices=words, every=_("本月"))
