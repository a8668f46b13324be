"""Reading figures: what screens show of a customer's consumption.

Beijing days. Sums in CNY hold what has a rate; what has none is told apart, never added up.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Max, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce, Round, TruncMonth

from core.clock import first_of_month, next_month, previous_month
from core.formats import exact
from core.lists.lookups import by_row
from org.models import Member, Scope

from .models import ConsumptionDay, DailyConsumption, MonthlyConsumption

MONTHS = 18  # how far back consumption may be looked at (customers_coupons.md §12.1)
RANGES = (30, 90)  # days of the daily chart


def spent_in_month(day: date, member: Member, *, resellers: bool = False) -> QuerySet[Any]:
    """本月消费: rows of customer and `total`, CNY in whole fen, as far as the member may see;
    of his own customers, or (`resellers`) of the distributor's resellers'.

    What screens show and what is found by amount are both this. A manager counts from the day of
    the assignment on, so days are summed for him; for the others the months stand ready, except
    where a day lacks its rate: then the days that have one count.
    """
    first = first_of_month(day)
    days = DailyConsumption.objects.filter(day__gte=first, day__lt=next_month(first))
    if member.scope is Scope.OWN and not resellers:
        return _sums(days.since_assigned(member), "amount_cny")
    same = days.filter(
        customer=OuterRef("customer"), service=OuterRef("service"), currency=OuterRef("currency")
    )
    months = MonthlyConsumption.objects.visible_to(member, resellers=resellers)
    months = months.filter(month=first)
    of_days = Subquery(_sums(same, "amount_cny").values("total"))
    return _sums(months.annotate(known=Coalesce("amount_cny", of_days)), "known")


def customers_with_figures(day: date, member: Member, *, resellers: bool = False) -> QuerySet[Any]:
    """Ids of customers who consumed in the month of `day`, as far as the member may see."""
    first = first_of_month(day)
    if member.scope is Scope.OWN and not resellers:
        days = DailyConsumption.objects.filter(day__gte=first, day__lt=next_month(first))
        return days.since_assigned(member).order_by().values("customer")
    months = MonthlyConsumption.objects.visible_to(member, resellers=resellers)
    return months.filter(month=first).order_by().values("customer")


def _sums(rows: QuerySet[Any], amount: str) -> QuerySet[Any]:
    total = Round(Coalesce(Sum(amount), Value(Decimal(0))), precision=2)
    return rows.order_by().values("customer").annotate(total=total)


def month_to_date(customer_ids: Iterable[int], day: date, *, member: Member) -> dict[int, Decimal]:
    """What each customer spent in the month of `day`; without figures: not in the dict."""
    return by_row(
        customer_ids,
        lambda ids: (
            spent_in_month(day, member).filter(customer__in=ids).values_list("customer", "total")
        ),
        *("spent in month", first_of_month(day), member.reads_as),
    )


def data_until() -> date | None:
    """数据截至: the last day whose figures are complete."""
    return ConsumptionDay.objects.order_by("-day").values_list("day", flat=True).first()


@dataclass
class Amounts:
    """What was consumed in one month, day or of one service."""

    label: Any
    cny: Decimal = Decimal(0)
    # currency → amount, to the last digit: what is in `cny` converted, and what could not be.
    converted: dict[str, Decimal] = field(default_factory=dict)
    unconverted: dict[str, Decimal] = field(default_factory=dict)

    def add(self, currency: str, amount: Decimal, cny: Decimal | None) -> None:
        if cny is None:
            self.unconverted[currency] = self.unconverted.get(currency, Decimal(0)) + amount
            return
        self.cny += cny
        if currency != "CNY":
            self.converted[currency] = self.converted.get(currency, Decimal(0)) + amount

    @property
    def originals(self) -> list[str]:
        """What `cny` was converted from, to the last digit."""
        return _written(self.converted)

    @property
    def without_rate(self) -> list[str]:
        """What is not in `cny`, for want of a rate."""
        return _written(self.unconverted)


@dataclass(frozen=True)
class CustomerFigures:
    """The consumption page of one customer."""

    months: list[Amounts]
    days: list[Amounts]
    services: list[Amounts]
    first_day: date
    last_day: date
    data_until: date | None
    total: Amounts  # of the days

    @property
    def is_converted(self) -> bool:
        """Is any month converted from another currency?"""
        return any(each.converted for each in self.months)

    @property
    def lacks_rate(self) -> bool:
        """Is anything on the page without a rate?"""
        return any(each.unconverted for each in (*self.months, *self.days))


def of_customer(
    customer_id: int, *, member: Member, today: date, days: int
) -> CustomerFigures | None:
    """The customer's months and last `days` days, as far as `member` may see; None without any.

    The period ends at the last complete day. A customer who consumed nothing for so long that
    the page would be empty is shown as of the last day with figures.
    """
    daily = DailyConsumption.objects.visible_to(member).filter(customer_id=customer_id)
    latest = daily.aggregate(latest=Max("day"))["latest"]
    if latest is None:
        return None
    complete = data_until()
    last_day = _end(latest, complete or today, max(RANGES))
    first_day = last_day - timedelta(days=days - 1)
    in_period = daily.filter(day__gte=first_day, day__lte=last_day)
    by_day = _grouped(in_period, "day")
    return CustomerFigures(
        months=_months(daily, customer_id, member, _last_month(latest, today)),
        days=[by_day.get(day, Amounts(day)) for day in _days(first_day, last_day)],
        services=_by_size(_grouped(in_period, "service__name")),
        first_day=first_day,
        last_day=last_day,
        data_until=complete,
        total=_total(by_day.values()),
    )


def _end(latest: date, wanted: date, longest: int) -> date:
    return latest if latest <= wanted - timedelta(days=longest) else wanted


def _last_month(latest: date, today: date) -> date:
    """This month, or the customer's last one when none of the last MONTHS has figures."""
    this = first_of_month(today)
    return this if first_of_month(latest) >= _months_before(this, MONTHS - 1) else latest


def _months_before(month: date, count: int) -> date:
    for _i in range(count):
        month = previous_month(month)
    return month


def _months(
    daily: QuerySet[Any], customer_id: int, member: Member, last_month: date
) -> list[Amounts]:
    """Up to MONTHS months, newest first, back to the first with figures.

    A manager's begin in the middle of one, so days are summed.
    """
    last = first_of_month(last_month)
    first = _months_before(last, MONTHS - 1)
    if member.scope is Scope.OWN:
        rows = daily.filter(day__gte=first).annotate(of=TruncMonth("day"))
        found = _grouped(rows, "of")
    else:
        monthly = MonthlyConsumption.objects.visible_to(member)
        rows = monthly.filter(customer_id=customer_id, month__gte=first)
        found = _grouped(rows, "month")
    oldest = min(found, default=last)
    months = [m for n in range(MONTHS) if (m := _months_before(last, n)) >= oldest]
    return [found.get(month, Amounts(month)) for month in months]


def _grouped(rows: QuerySet[Any], key: str) -> dict[Any, Amounts]:
    """Sums by `key`, in one statement; figures without a rate apart."""
    sums = (
        rows.order_by()
        .annotate(without_rate=Q(amount_cny__isnull=True))
        .values_list(key, "currency", "without_rate")
        .annotate(amount=Sum("amount"), cny=Sum("amount_cny"))
    )
    found: dict[Any, Amounts] = {}
    for label, currency, _without_rate, amount, cny in sums:
        found.setdefault(label, Amounts(label)).add(currency, amount, cny)
    return found


def _by_size(found: dict[Any, Amounts]) -> list[Amounts]:
    return sorted(found.values(), key=lambda each: (-each.cny, str(each.label)))


def _written(amounts: dict[str, Decimal]) -> list[str]:
    return [f"{currency} {exact(amount)}" for currency, amount in sorted(amounts.items())]


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _total(parts: Iterable[Amounts]) -> Amounts:
    total = Amounts(None)
    for part in parts:
        total.cny += part.cny
        for mine, theirs in (
            (total.converted, part.converted),
            (total.unconverted, part.unconverted),
        ):
            for currency, amount in theirs.items():
                mine[currency] = mine.get(currency, Decimal(0)) + amount
    return total
