"""How much of a budget is used: list prices of the imported charges, in CNY. Its one home.

A charge without a list price counts what was billed; one whose currency has no rate waits for it.
The sums stand on the budgets' rows, so that lists and pages read them without a sum.
"""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from django.db import connection
from django.db.models import Case, DecimalField, ExpressionWrapper, F, Q, Value, When
from django.utils.translation import gettext as _

from core.clock import day_of, first_of_month
from customers.models import Customer

from ..operations.kinds import Kind as Deed
from .models import Budget, Kind

_COUNT = """
WITH periods AS (
    SELECT id, customer_id,
        CASE kind WHEN 'monthly' THEN %(month)s::date ELSE starts_on END AS since
    FROM billing_budget WHERE %(ids)s::bigint[] IS NULL OR customer_id = ANY (%(ids)s::bigint[])
), counted AS (
    SELECT p.id, p.since, round(coalesce(charged.total, 0), 2) AS used
    FROM periods p LEFT JOIN LATERAL (
        SELECT sum((c.amount + c.discount) * c.rate) AS total FROM billing_customercharge c
        WHERE c.customer_id = p.customer_id AND c.day >= p.since AND c.day <= %(today)s
    ) charged ON true
)
UPDATE billing_budget b SET used = n.used, counted_for = n.since,
    told = CASE WHEN b.counted_for = n.since THEN b.told ELSE 0 END
FROM counted n WHERE b.id = n.id AND (b.used, b.counted_for) IS DISTINCT FROM (n.used, n.since)
"""


def count_usage(*, at: datetime, customer_ids: Iterable[int] | None = None) -> int:
    """Bring the sums up to date, of all budgets or of these customers'; in the vendor's role.

    A new month begins with nothing used and nothing told. Returns how many changed.
    """
    today = day_of(at)
    ids = None if customer_ids is None else list(customer_ids)
    values = {"month": first_of_month(today), "today": today, "ids": ids}
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, values)
        return cursor.rowcount


def percent_used(today: date) -> Case:
    """预算使用率 of the customers of a queryset, as an expression; null without a budget."""
    money = DecimalField(max_digits=30, decimal_places=6)
    rate = ExpressionWrapper(F("budget__used") * 100 / F("budget__amount"), output_field=money)
    stale = Q(budget__kind=Kind.MONTHLY, budget__counted_for__lt=first_of_month(today))
    return Case(
        When(budget__isnull=True, then=Value(None)),
        When(budget__amount=0, then=Value(Decimal(100))),
        When(stale, then=Value(Decimal(0))),
        default=rate,
        output_field=money,
    )


def why_exhausted(customer: Customer, deed: str, *, at: datetime) -> str:
    """Why nothing new is bought for this customer: its budget is used up. Else empty."""
    if deed not in (Deed.ORDER, Deed.RENEW, Deed.START) or customer.association_type != "postpaid":
        return ""
    budget = Budget.objects.filter(customer=customer).first()
    if budget is None or budget.percent_on(day_of(at)) < 100:
        return ""
    return _("客户预算已用尽，请先调整预算。")
