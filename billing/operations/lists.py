"""代客下单: what was ordered in customers' accounts, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from billing import listing
from core.lists import Tab, columns, filters
from core.lists.columns import Cell, Column, Page
from core.lists.filters import Filter

from ..orders.lists import STATUS_TONES, Number
from ..orders.models import Order
from .kinds import Kind
from .models import ResourceRequest
from .rules import ON_DEMAND

TONES = {"waiting": "blue", "running": "blue", "done": "green", "failed": "red"}
STATES = dict(ResourceRequest.State.choices)
PAYERS = {"customer": _l("客户支付"), "partner": _l("伙伴支付")}


class _Product(Column):
    """Service and specification."""

    def plain(self, page: Page) -> Cell:
        return lambda values: " · ".join(filter(None, values))


class _Term(Column):
    def plain(self, page: Page) -> Cell:
        on_demand, months = _("按需"), _("%(n)s 个月")
        return lambda n: on_demand if n == ON_DEMAND else months % {"n": n}


class _Payer(Column):
    def plain(self, page: Page) -> Cell:
        return lambda by_partner: str(PAYERS["partner" if by_partner else "customer"])


class _Number(Number):
    """The order's, once there is one."""

    def cell(self, page: Page) -> Cell:
        cell = super().cell(page)
        return lambda values: cell(values) if values[0] else "--"

    def plain(self, page: Page) -> Cell:
        return lambda values: values[1] or ""


@dataclass(frozen=True)
class _OrderState(columns.State):
    def cell(self, page: Page) -> Cell:
        cell = super().cell(page)
        return lambda code: cell(code) if code else "--"

    def plain(self, page: Page) -> Cell:
        plain = super().plain(page)
        return lambda code: plain(code) if code else ""


def _of_service(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    return rows.filter(parameters__service__icontains=text)


class PurchaseList(listing.CustomersRows):
    key = "purchases"
    title = _l("代客下单")
    help = _l("在客户账号内提交的订单请求。选择伙伴支付的订单同时在“待付订单”。")
    empty = _l("还没有代客下单。在客户的“授权”页以“代客下单”进入客户账号后，可以为客户下单。")
    template = "billing/order_list.html"
    order = ("-asked_at", "-pk")
    tabs = (
        Tab("all", _l("全部")),
        Tab("open", _l("待执行"), Q(state__in=ResourceRequest.OPEN)),
        Tab("unpaid", _l("待支付"), Q(order__status=Order.Status.UNPAID)),
        Tab("failed", _l("失败"), Q(state=ResourceRequest.State.FAILED)),
    )
    first_tab = "all"
    columns: Sequence[Column] = (
        _Product("product", _l("产品"), ("parameters__service", "parameters__spec"), card=True),
        listing.CUSTOMER,
        Column("quantity", _l("数量"), ("parameters__quantity",), numeric=True),
        _Term("months", _l("购买时长"), ("parameters__months",)),
        columns.State("state", _l("状态"), choices=STATES, tones=TONES, card=True),
        _Number("number", _l("订单号"), ("order_id", "order__number")),
        _OrderState(
            "order_status",
            _l("订单状态"),
            ("order__status",),
            choices=dict(Order.Status.choices),
            tones=STATUS_TONES,
        ),
        columns.Money("amount", _l("优惠后金额（元）"), ("order__amount",)),
        _Payer("payer", _l("支付方式"), ("parameters__by_partner",)),
        listing.YesNo("auto_renew", _l("自动续费"), ("parameters__auto_renew",)),
        Column("asked_by", _l("操作人"), ("asked_by__user__name",)),
        columns.Instant("asked_at", _l("提交时间"), card=True),
        Column("result", _l("结果")),
    )
    filters: Sequence[Filter] = (
        listing.BY_NAME,
        filters.Text("service", _l("产品"), apply=_of_service, placeholder=_l("产品名称的一部分")),
        filters.Text("number", _l("订单号"), "order__number"),
        filters.Choice("state", _l("状态"), choices=STATES),
        filters.Choice(
            "payer",
            _l("支付方式"),
            choices=PAYERS,
            apply=lambda rows, who: rows.filter(parameters__by_partner=who == "partner"),
        ),
        filters.Text("asked_by", _l("操作人"), "asked_by__user__name__contains"),
        listing.Window("asked", _l("提交时间"), "asked_at"),
    )

    def rows(self) -> QuerySet[ResourceRequest]:
        return ResourceRequest.objects.visible_to(self.member).filter(kind=Kind.ORDER)
