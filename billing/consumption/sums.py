"""What a screen of consumption adds up to: in CNY, and apart from it what has no rate."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Case, F, Q, QuerySet, Sum, When

from billing.figures import Amounts
from billing.models import DailyConsumption
from core.clock import next_month
from org.models import Member

from .models import IS_REFUND, CustomerCharge


@dataclass
class Bill:
    """What a customer's charges of a month say beyond their sum. CNY."""

    discount: Decimal = Decimal(0)
    refund: Decimal = Decimal(0)


def in_month(rows: QuerySet[Any], month: date) -> QuerySet[Any]:
    return rows.filter(day__gte=month, day__lt=next_month(month))


def bills_of(
    customer_ids: Iterable[int], month: date, *, member: Member, resellers: bool = False
) -> Mapping[int, Bill]:
    """本月已优惠 and 退款金额 of these customers, from their charges; in one statement."""
    charges = CustomerCharge.objects.visible_to(member, resellers=resellers)
    rows = in_month(charges, month).filter(customer__in=list(customer_ids))
    found = (
        rows.order_by()
        .values("customer")
        .annotate(
            discounted=Sum(F("discount") * F("rate")),
            refunded=Sum(Case(When(IS_REFUND, then=-F("amount") * F("rate")))),
        )
    )
    return {
        pk: Bill(discount or Decimal(0), refund or Decimal(0))
        for pk, discount, refund in found.values_list("customer", "discounted", "refunded")
    }


def of_customers(
    customers: QuerySet[Any], month: date, *, member: Member, resellers: bool = False
) -> Amounts:
    """What these customers consumed in the month, as far as the member may see.

    Days, so that what has a rate counts although another day of the month has none.
    """
    days = DailyConsumption.objects.visible_to(member, resellers=resellers)
    rows = in_month(days, month).filter(customer__in=customers.order_by().values("pk"))
    return added(rows, "amount", "amount_cny")


def of_charges(rows: QuerySet[CustomerCharge]) -> Amounts:
    return added(rows.annotate(cny=F("amount") * F("rate")), "amount", "cny")


def added(rows: QuerySet[Any], amount: str, cny: str) -> Amounts:
    total = Amounts(None)
    sums = (
        rows.order_by()
        .annotate(without_rate=Q(**{f"{cny}__isnull": True}))
        .values_list("currency", "without_rate")
        .annotate(total=Sum(amount), in_cny=Sum(cny))
    )
    for currency, _without_rate, found, in_cny in sums:
        total.add(currency, found, in_cny)
    return total
