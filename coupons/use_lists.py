"""使用记录: what orders took of coupons, and what came back (customers_coupons.md §15.3)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _l

from billing.listing import BY_NAME, CUSTOMER, CustomersRows
from core.lists import Tab, columns, filters
from core.lists.columns import Column
from customers.finding import of_customers_named
from customers.lists import name_parts

from .listing import KINDS, Number, NumberFilter
from .models import Coupon, CouponUse
from .models.coupons import coupon_number

STATES = dict(CouponUse.State.choices)
TONES = {"held": "amber", "used": "blue", "released": "muted", "refunded": "green"}


def _of_customers_named(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    return rows.filter(coupon__in=of_customers_named(Coupon.objects.order_by(), text))


_CUSTOMER = replace(
    CUSTOMER,
    fields=(
        "coupon__customer",
        *(f"coupon__customer__{name}" for name in ("name", "account_name", "number")),
    ),
    parts=name_parts("coupon__customer__"),
)


class UseList(CustomersRows):
    """Each order's part of a coupon: held, used, released or refunded."""

    key = "coupon_uses"
    whose = "coupon__customer"
    title = _l("券使用记录")
    help = _l("客户的订单锁定、使用、释放和退还的券金额，每个订单一条。")
    empty = _l("还没有订单使用券。")
    order = ("-pk",)
    first_tab = "all"
    tabs = (
        Tab("all", _l("全部")),
        *(Tab(state, label, Q(state=state)) for state, label in CouponUse.State.choices),
    )
    filters = (
        replace(BY_NAME, apply=_of_customers_named),
        filters.Text("order", _l("订单号"), "order__number"),
        NumberFilter("coupon", _l("券ID"), "coupon_id"),
        NumberFilter("quota", _l("额度编号"), "coupon__quota_id"),
        filters.Choice("kind", _l("券类型"), "coupon__kind", choices=KINDS),
        filters.Dates("held", _l("锁定时间"), "held_at"),
        filters.Dates("used", _l("使用时间"), "used_at"),
        filters.Amounts("amount", _l("金额")),
    )

    def rows(self) -> QuerySet[Any]:
        return CouponUse.objects.visible_to(self.member)

    def visible_columns(self) -> Sequence[Column]:
        return (
            columns.Instant("held_at", _l("锁定时间"), card=True),
            columns.Column("order", _l("订单号"), ("order__number",), card=True),
            _CUSTOMER,
            Number(
                "coupon",
                _l("券ID"),
                ("coupon_id",),
                page_name="coupon_detail",
                spell=coupon_number,
                card=True,
            ),
            columns.Choice("kind", _l("券类型"), ("coupon__kind",), choices=KINDS),
            columns.Money("amount", _l("金额（元）"), card=True),
            columns.State("state", _l("状态"), choices=STATES, tones=TONES, card=True),
            columns.Instant("used_at", _l("使用时间")),
            columns.Instant("ended_at", _l("释放或退还时间")),
        )
