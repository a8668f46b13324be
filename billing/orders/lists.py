"""客户订单, 待付订单 and 订单资源明细 (customers_coupons.md §13)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from html import escape
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from billing import listing
from core import clock
from core.lists import Tab, columns, filters
from core.lists.columns import Column
from core.lists.filters import Filter
from customers.models import Customer

from .bulk import RefuseOrders
from .models import Order, OrderLine

STATUS_TONES = {3: "blue", 4: "muted", 5: "green", 6: "amber", 9: "amber", 1: "amber", 2: "amber"}
PROXY_TONES = {"waiting": "amber", "paid": "green", "refused": "red"}


@cache
def _order_path() -> str:
    return reverse("billing:order_detail", args=[0])


def order_url(pk: int) -> str:
    return _order_path().replace("/0/", f"/{pk}/")


@dataclass(frozen=True)
class Number(columns.Column):
    """订单号, leading to the order. Reads the order's pk and number."""

    def plain(self, page: columns.Page) -> columns.Cell:
        return lambda values: values[1]

    def cell(self, page: columns.Page) -> columns.Cell:
        def cell(values: tuple[Any, ...]) -> str:
            return columns.drawer_link(order_url(values[0]), escape(values[1]), "name")

        return cell


@dataclass(frozen=True)
class _Proxy(columns.State):
    """What became of 代支付; of orders that ask for none, nothing."""

    def cell(self, page: columns.Page) -> columns.Cell:
        cell = super().cell(page)
        return lambda state: cell(state) if state else "--"

    def plain(self, page: columns.Page) -> columns.Cell:
        plain = super().plain(page)
        return lambda state: plain(state) if state else ""


NUMBER = Number("number", _l("订单号"), ("pk", "number"), card=True)
STATUS = columns.State(
    "status",
    _l("订单状态"),
    choices=dict(Order.Status.choices),
    tones=STATUS_TONES,
    card=True,
)
TYPE = columns.Choice("order_type", _l("订单类型"), ("type",), choices=dict(Order.Type.choices))
AMOUNT = columns.Money("amount", _l("优惠后金额（元）"), card=True)
CREATED = columns.Instant("created_at", _l("下单时间"))

BY_NUMBER = filters.Text("number", _l("订单号"))
BY_TYPE = filters.Choice(
    "order_type", _l("订单类型"), "type", choices=listing.codes(dict(Order.Type.choices))
)
BY_CREATED = listing.Window("created", _l("下单时间"), "created_at")


class OrderList(listing.CustomersRows):
    """客户订单: yearly and monthly orders of the customers in the member's data scope."""

    key = "orders"
    title = _l("客户订单")
    help = _l("客户的包年/包月订单；按需资源请到客户资源查看。")
    empty = _l("还没有客户订单。客户下单后，第二天可在这里看到。")
    template = "billing/order_list.html"
    order = ("-created_at", "-pk")
    tabs = (
        Tab("all", _l("全部")),
        Tab("unpaid", _l("待支付"), Q(status=Order.Status.UNPAID)),
        Tab("processing", _l("处理中"), Q(status=Order.Status.PROCESSING)),
        Tab("done", _l("已完成"), Q(status=Order.Status.DONE)),
        Tab("cancelled", _l("已取消"), Q(status=Order.Status.CANCELLED)),
    )
    first_tab = "all"
    columns: Sequence[Column] = (
        NUMBER,
        listing.CUSTOMER,
        TYPE,
        STATUS,
        listing.SERVICE,
        columns.Money("official_amount", _l("官网价（元）")),
        AMOUNT,
        CREATED,
        columns.Instant("paid_at", _l("支付时间")),
        _Proxy("proxy_state", _l("代支付"), choices=dict(Order.Proxy.choices), tones=PROXY_TONES),
        listing.ASSOCIATION,
        listing.MANAGER,
        columns.Choice("source", _l("订单来源"), choices=dict(Order.Source.choices)),
        columns.Column("contract", _l("合同编号")),
        columns.Column("enterprise_project", _l("企业项目")),
    )
    filters: Sequence[Filter] = (
        BY_NUMBER,
        listing.BY_NAME,
        BY_TYPE,
        BY_CREATED,
        listing.Window("paid", _l("支付时间"), "paid_at"),
        filters.Choice("status", _l("订单状态"), choices=listing.codes(dict(Order.Status.choices))),
        listing.BY_SERVICE,
        listing.BY_ASSOCIATION,
        listing.BY_MANAGER,
        filters.Choice("source", _l("订单来源"), choices=listing.codes(dict(Order.Source.choices))),
        filters.Choice(
            "proxy",
            _l("代支付"),
            "proxy_state",
            choices={code: label for code, label in Order.Proxy.choices if code},
        ),
    )

    def rows(self) -> QuerySet[Order]:
        return Order.objects.visible_to(self.member)


def _answers(page: columns.Page) -> columns.Cell:
    words = _("支付或驳回")

    return lambda pk: columns.drawer_link(order_url(pk), words)


class WaitingList(listing.CustomersRows):
    """待付订单: the customer chose 伙伴支付, and nobody answered yet."""

    key = "orders_waiting"
    title = _l("待付订单")
    help = _l("客户选择由伙伴支付的订单。支付从您的账户余额扣款；驳回后客户可以自行支付。")
    empty = _l("没有等待您支付的订单。客户下单时选择“伙伴支付”后，会出现在这里。")
    template = "billing/order_list.html"
    order = ("-created_at", "-pk")
    actions = (RefuseOrders(),)
    columns = (
        NUMBER,
        listing.CUSTOMER,
        TYPE,
        listing.SERVICE,
        AMOUNT,
        listing.ASSOCIATION,
        listing.MANAGER,
        columns.Instant("proxy_asked_at", _l("申请代支付时间")),
        CREATED,
        columns.Actions("actions", _l("操作"), ("pk",), buttons=_answers),
    )
    filters = (BY_NUMBER, listing.BY_NAME, BY_TYPE, BY_CREATED, listing.BY_ASSOCIATION)

    def rows(self) -> QuerySet[Order]:
        return Order.objects.visible_to(self.member).waiting()


_LINE = (
    Number("order", _l("订单号"), ("order_id", "order__number"), card=True),
    listing.CUSTOMER,
    listing.SERVICE,
    columns.Column("resource_name", _l("资源名称"), card=True),
    columns.Column("resource_number", _l("资源ID")),
    columns.Choice(
        "order_type", _l("订单类型"), ("order__type",), choices=dict(Order.Type.choices)
    ),
    columns.State(
        "status",
        _l("订单状态"),
        ("order__status",),
        choices=dict(Order.Status.choices),
        tones=STATUS_TONES,
    ),
    AMOUNT,
    columns.Day("effective_on", _l("生效日期")),
    columns.Day("expires_on", _l("失效日期"), card=True),
    listing.YesNo("is_renewed", _l("是否续订")),
    listing.ASSOCIATION,
    listing.MANAGER,
)
_LINE_FILTERS = (
    filters.Dates("expires", _l("失效日期"), "expires_on", instants=False, ahead=True),
    listing.BY_NAME,
    filters.Text("number", _l("订单号"), "order__number"),
    listing.BY_SERVICE,
    filters.Choice(
        "order_type",
        _l("订单类型"),
        "order__type",
        choices=listing.codes(dict(Order.Type.choices)),
    ),
    listing.BY_ASSOCIATION,
    filters.Choice(
        "renewed",
        _l("是否续订"),
        choices={"yes": _l("是"), "no": _l("否")},
        apply=lambda rows, value: rows.filter(is_renewed=value == "yes"),
    ),
    filters.Choice(
        "status",
        _l("订单状态"),
        "order__status",
        choices=listing.codes(dict(Order.Status.choices)),
    ),
)


class OrderLineList(listing.CustomersRows):
    """订单资源明细: what was ordered until when; the tool for renewals."""

    key = "order_lines"
    title = _l("订单资源明细")
    help = _l("按订单行的失效日期查找需要续订的资源。")
    empty = _l("还没有订单资源明细。订单开通后，第二天可在这里看到。")
    template = "billing/order_list.html"
    order = ("expires_on", "pk")
    first_tab = "running"
    columns: Sequence[Column] = _LINE
    filters: Sequence[Filter] = _LINE_FILTERS

    @cached_property
    def tabs(self) -> Sequence[Tab]:  # type: ignore[override]
        today = clock.today()
        return (
            Tab("running", _l("未失效"), Q(expires_on__gte=today)),
            Tab("expired", _l("已失效"), Q(expires_on__lt=today)),
            Tab("all", _l("全部")),
        )

    def rows(self) -> QuerySet[OrderLine]:
        return OrderLine.objects.visible_to(self.member, resellers=self.resellers)


class ResellerOrderLineList(OrderLineList):
    """订单资源明细 · 云经销商的客户: what a distributor may read of its resellers' customers."""

    key = "reseller_order_lines"
    help = _l("您的云经销商的客户的订单资源，按失效日期查找需要续订的资源。")
    empty = _l("您的云经销商的客户还没有订单资源明细。")
    resellers = True
    columns = (
        columns.Column("order", _l("订单号"), ("order__number",), card=True),
        listing.THEIR_CUSTOMER,
        listing.RESELLER,
        *(each for each in _LINE[2:-1]),
    )
    filters = (*_LINE_FILTERS[:2], listing.BY_RESELLER, *_LINE_FILTERS[2:])


class CustomerOrderList(OrderList):
    """订单 of one customer, as his page's tab."""

    key = "customer_orders"
    empty = _l("该客户还没有订单。")
    template = "billing/customer_list.html"
    exportable = False
    columns = tuple(each for each in OrderList.columns if each not in (listing.CUSTOMER,))

    def __init__(self, request: Any, customer: Customer) -> None:
        super().__init__(request)
        self.customer = customer

    def rows(self) -> QuerySet[Order]:
        return Order.objects.visible_to(self.member).filter(customer=self.customer)

    def visible_filters(self) -> Sequence[Filter]:
        return ()

    @property
    def keeps_views(self) -> bool:
        return False

    def extra_context(self) -> dict[str, Any]:
        return {"customer": self.customer, "tab": "orders"}
