"""消费汇总 and 消费明细 (customers_coupons.md §12.2, §12.3)."""

from collections.abc import Callable, Sequence
from datetime import date
from functools import cached_property
from html import escape
from typing import Any

from django.db import OperationalError
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from billing import figures, listing
from billing.models import ChargeLine
from core import clock, formats, patience
from core.formats import in_fen
from core.htmx import wants_part
from core.lists import columns, filters
from core.lists.columns import Cell, Column, Page
from core.lists.filters import Filter
from core.search import search
from customers.lists import NAME, by_manager_name, name_parts
from customers.models import Customer

from . import sums, windows
from .codes import BillType, ChargeMode, PaymentStatus
from .models import CustomerCharge

SECONDS = 3  # that a sum may take


class OfMonth(listing.CustomersRows):
    """A list of one month, and what it adds up to: asked for when the page is there."""

    template = "billing/consumption_list.html"
    sum_template = "billing/total.html"

    @cached_property
    def month(self) -> date:
        return windows.month_of(self.data, clock.today())

    def visible_filters(self) -> Sequence[Filter]:
        return (windows.by_month(clock.today()), *super().visible_filters())

    def respond(self) -> HttpResponse:
        if self.data.get("total") and wants_part(self.request):
            return render(self.request, self.sum_template, {"list": self})
        return super().respond()

    @property
    def is_summed(self) -> bool:
        return bool(self.data.get("total"))

    @cached_property
    def total(self) -> figures.Amounts | None:
        """What all matching rows come to; None when the database does not find it in time."""
        try:
            with patience.at_most(SECONDS):
                return self.add_up()
        except OperationalError:
            return None

    def add_up(self) -> figures.Amounts:
        raise NotImplementedError

    @cached_property
    def data_until(self) -> date | None:
        return figures.data_until()


# ---- 消费汇总 ----


class SummaryList(OfMonth):
    """消费汇总: what each customer consumed in a month, former customers of that time included."""

    key = "consumption"
    title = _l("消费汇总")
    help = _l("客户每月的消费。汇总每日更新，截至前一日 24:00。")
    empty = _l("本月还没有客户消费。账单导入后，第二天可在这里看到。")
    order = ("-pk",)
    columns: Sequence[Column] = (
        NAME,
        columns.Choice("association_type", _l("关联类型"), choices=listing.ASSOCIATIONS),
        columns.Column("manager", _l("客户经理"), ("account_manager__user__name",)),
    )
    filters: Sequence[Filter] = (
        filters.Text(
            "name",
            _l("客户名称/账号名"),
            apply=search,
            placeholder=_l("名称、账号名或拼音首字母"),
            mask="name",
        ),
        filters.Text(
            "manager", _l("客户经理"), apply=by_manager_name, placeholder=_l("客户经理姓名")
        ),
        filters.Choice("type", _l("关联类型"), "association_type", choices=listing.ASSOCIATIONS),
    )
    details = "billing:charge_list"

    def rows(self) -> QuerySet[Customer]:
        who: dict[str, Any] = {"resellers": self.resellers}
        spent = figures.customers_with_figures(self.month, self.member, **who)
        return self.customers().filter(pk__in=spent)

    def visible_filters(self) -> Sequence[Filter]:
        month, *rest = super().visible_filters()
        spent = filters.Amounts("spent", _l("消费金额（元）"), apply=self._spent_between)
        return (month, *rest, spent)

    def one_customer(self, field: str) -> Sequence[Filter]:
        return super().one_customer("pk")

    def _spent_between(self, rows: QuerySet[Any], limits: tuple[Any, Any]) -> QuerySet[Any]:
        low, high = limits
        within = Q() if low is None else Q(total__gte=low)
        within &= Q() if high is None else Q(total__lte=high)
        spent = figures.spent_in_month(self.month, self.member, resellers=self.resellers)
        return rows.filter(pk__in=spent.filter(within).values("customer"))

    def visible_columns(self) -> Sequence[Column]:
        shown = [*self.columns[:1], *self._amounts(), *self.columns[1:]]
        links = columns.Actions("actions", _l("操作"), ("pk",), buttons=self._links)
        return [*shown, links]

    def _amounts(self) -> list[Column]:
        bills = _once(self._bills)
        return [
            columns.Looked(
                "spent",
                _l("消费金额（元）"),
                fetch=self._spent,
                html=lambda pk, value: formats.money(value),
                default=0,
                numeric=True,
                card=True,
            ),
            columns.Looked(
                "discount",
                _l("本月已优惠（元）"),
                fetch=lambda pks: {pk: in_fen(b.discount) for pk, b in bills(pks).items()},
                html=lambda pk, value: formats.money(value),
                default=0,
                numeric=True,
            ),
            columns.Looked(
                "refund",
                _l("退款金额（元）"),
                fetch=lambda pks: {pk: in_fen(b.refund) for pk, b in bills(pks).items()},
                html=lambda pk, value: formats.money(value),
                default=0,
                numeric=True,
            ),
        ]

    def _spent(self, pks: list[Any]) -> Any:
        rows = figures.spent_in_month(self.month, self.member, resellers=self.resellers)
        return dict(rows.filter(customer__in=pks).values_list("customer", "total"))

    def _bills(self, pks: list[Any]) -> Any:
        return sums.bills_of(pks, self.month, member=self.member, resellers=self.resellers)

    def _links(self, page: Page) -> Cell:
        url, words, month = reverse(self.details), _("明细"), f"{self.month:%Y-%m}"
        return lambda pk: f'<a href="{url}?month={month}&amp;customer={pk}">{escape(words)}</a>'

    def add_up(self) -> figures.Amounts:
        who = {"member": self.member, "resellers": self.resellers}
        return sums.of_customers(self.matching, self.month, **who)

    def record_reveal(self, column: Column, pks: list[Any]) -> None:
        listing.record_revealed(self, column, pks)


def _once(fetch: Callable[[list[Any]], Any]) -> Callable[[list[Any]], Any]:
    """Two columns of a page ask for the same rows one after the other: they are fetched once."""
    kept: list[tuple[list[Any], Any]] = []

    def fetch_once(pks: list[Any]) -> Any:
        if not kept or kept[0][0] != pks:
            kept[:] = [(pks, fetch(pks))]
        return kept[0][1]

    return fetch_once


class ResellerSummaryList(SummaryList):
    """消费汇总 · 云经销商的客户."""

    key = "reseller_consumption"
    help = _l("您的云经销商的客户每月的消费。汇总每日更新，截至前一日 24:00。")
    empty = _l("您的云经销商的客户本月还没有消费。")
    resellers = True
    details = "billing:reseller_charge_list"
    columns: Sequence[Column] = (
        columns.Name(
            "name",
            _l("客户名称/账号名"),
            ("pk", "name", "account_name", "number"),
            mask="name",
            card=True,
            parts=name_parts(),
        ),
        listing.RESELLER,
        columns.Choice("association_type", _l("关联类型"), choices=listing.ASSOCIATIONS),
    )
    filters = (SummaryList.filters[0], listing.BY_RESELLER, SummaryList.filters[2])


# ---- 消费明细 ----

_KINDS = listing.codes(dict(BillType.choices)) | dict(ChargeLine.Category.choices)


def _of_kind(rows: QuerySet[Any], value: str) -> QuerySet[Any]:
    """By the vendor's bill type; by the category, where a file says no more."""
    if value.isdecimal():
        return rows.filter(bill_type=int(value))
    return rows.filter(category=value, bill_type__isnull=True)


class _Kind(columns.Column):
    """账单类型, or the category of a charge whose file gives none."""

    def plain(self, page: columns.Page) -> columns.Cell:
        types = {code: str(label) for code, label in BillType.choices}
        categories = {code: str(label) for code, label in ChargeLine.Category.choices}
        return lambda values: types.get(values[0]) or categories[values[1]]


_CHARGE: tuple[Column, ...] = (
    listing.Moment("started_at", _l("消费时间"), card=True),
    listing.CUSTOMER,
    listing.SERVICE,
    listing.ExactAmount("amount", _l("消费金额"), ("amount", "currency"), card=True),
    listing.ExactAmount("discount", _l("优惠金额"), ("discount", "currency"), names_currency=False),
    _Kind("bill_type", _l("账单类型"), ("bill_type", "category")),
    listing.Code("charge_mode", _l("计费模式"), choices=dict(ChargeMode.choices)),
    listing.Code("payment_status", _l("支付状态"), choices=dict(PaymentStatus.choices)),
    columns.Column("order_number", _l("订单号/交易号")),
    columns.Column("resource_name", _l("资源名称")),
    columns.Column("resource", _l("资源ID")),
    columns.Column("region", _l("区域")),
    listing.ASSOCIATION,
    listing.MANAGER,
)
_CHARGE_FILTERS: tuple[Filter, ...] = (
    listing.BY_NAME,
    listing.BY_SERVICE,
    filters.Dates("day", _l("消费日期"), "day", instants=False),
    filters.Choice("kind", _l("账单类型"), choices=_KINDS, apply=_of_kind),
    filters.Choice(
        "mode",
        _l("计费模式"),
        "charge_mode",
        choices=listing.codes(dict(ChargeMode.choices)),
    ),
    filters.Text("order", _l("订单号/交易号"), "order_number"),
    filters.Text("resource", _l("资源ID")),
    filters.Text("resource_name", _l("资源名称")),
    filters.Text("region", _l("区域")),
    listing.BY_ASSOCIATION,
    listing.BY_MANAGER,
    filters.Choice(
        "status",
        _l("支付状态"),
        "payment_status",
        choices=listing.codes(dict(PaymentStatus.choices)),
    ),
)


class ChargeList(OfMonth):
    """消费明细: the charges of a month, line by line, as the billing files have them."""

    keys_first = False  # a charge is found by its day; by its key alone it is not
    key = "charges"
    title = _l("消费明细")
    help = _l("账单文件中的每一笔费用。明细为准，汇总仅供参考。")
    empty = _l("本月还没有消费明细。账单导入后可在这里看到。")
    order = ("-day", "-pk")
    columns: Sequence[Column] = _CHARGE
    filters: Sequence[Filter] = _CHARGE_FILTERS

    def rows(self) -> QuerySet[CustomerCharge]:
        charges = CustomerCharge.objects.visible_to(self.member, resellers=self.resellers)
        return sums.in_month(charges, self.month)

    def add_up(self) -> figures.Amounts:
        return sums.of_charges(self.matching)


class ResellerChargeList(ChargeList):
    """消费明细 · 云经销商的客户."""

    key = "reseller_charges"
    help = _l("您的云经销商的客户的每一笔费用。")
    empty = _l("您的云经销商的客户本月还没有消费明细。")
    resellers = True
    columns: Sequence[Column] = (
        _CHARGE[0],
        listing.THEIR_CUSTOMER,
        listing.RESELLER,
        *_CHARGE[2:-1],
    )
    filters = (
        listing.BY_NAME,
        listing.BY_RESELLER,
        *(each for each in _CHARGE_FILTERS[1:] if each is not listing.BY_MANAGER),
    )
