"""Reading charge lines: what files and sub-accounts hold, for the vendor's desk."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db.models import Count, Max, Min, QuerySet, Sum

from .models import ChargeLine, ConsumptionFile, SubAccount


@dataclass
class Charged:
    """The charges of one sub-account."""

    lines: int = 0
    first_day: date | None = None
    last_day: date | None = None
    sums: dict[str, Decimal] = field(default_factory=dict)  # currency → amount


def of_sub_accounts(ids: Iterable[int]) -> dict[int, Charged]:
    """Lines, days and sums of each sub-account, in one statement."""
    rows = (
        ChargeLine.objects.filter(sub_account__in=list(ids))
        .order_by()
        .values_list("sub_account", "currency")
        .annotate(n=Count("*"), first=Min("day"), last=Max("day"), total=Sum("billed_cost"))
    )
    found: dict[int, Charged] = {}
    for pk, currency, lines, first, last, total in rows:
        each = found.setdefault(pk, Charged(first_day=first, last_day=last))
        each.lines += lines
        each.first_day = min(each.first_day or first, first)
        each.last_day = max(each.last_day or last, last)
        each.sums[currency] = total
    return found


def unmapped_of(file: ConsumptionFile) -> QuerySet[SubAccount]:
    """The sub-accounts that the file names and that are nobody's yet."""
    named = ChargeLine.objects.filter(file=file).order_by().values("sub_account").distinct()
    return SubAccount.objects.filter(cloud_account=None, pk__in=named)


def days_of(file: ConsumptionFile) -> int:
    """On how many Beijing days the file's current lines fall."""
    rows = ChargeLine.objects.filter(file=file).order_by()
    return rows.aggregate(days=Count("day", distinct=True))["days"]
