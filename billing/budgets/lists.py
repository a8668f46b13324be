"""预算调整记录, and what the customer list says of budgets."""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from core import clock, formats
from core.lists import columns, filters
from core.lists.columns import Cell, Column, Page
from core.lists.filters import Filter
from customers.freezing.lists import (
    BY_NAME,
    BY_RESELLER,
    NAME,
    RESELLER,
    THEIR_NAME,
    LimitRecords,
    TheirRecords,
    actor,
)

from .models import Budget, BudgetRecord, Kind, OnExhaustion
from .usage import percent_used

_BUDGET = ("budget__kind", "budget__amount", "budget__used", "budget__counted_for")


class Usage(columns.Column):
    """预算使用率, read from the budget's row: no statement of its own."""

    def plain(self, page: Page) -> Cell:
        return _percent(clock.today())

    def cell(self, page: Page) -> Cell:
        percent = _percent(clock.today())

        def cell(values: tuple[Any, ...]) -> str:
            said = percent(values)
            return f"{_dot(said)}{said}" if said else formats.EMPTY

        return cell


def _percent(today: date) -> Callable[[Any], str]:
    def said(values: tuple[Any, ...]) -> str:
        kind, amount, used, counted_for = values
        if kind is None:
            return ""
        budget = Budget(
            kind=kind, amount=amount, used=used, counted_for=counted_for, starts_on=counted_for
        )
        return f"{budget.percent_on(today):.1f}%"

    return said


def _dot(said: str) -> str:
    """Beside the figure, from the first level on."""
    used = Decimal(said.rstrip("%"))
    if used < 75:
        return ""
    return f'<span class="dot {"red" if used >= 100 else "amber"}"></span>'


USAGE = Usage("budget", _("预算使用率"), _BUDGET, numeric=True)


def _used_between(rows: QuerySet[Any], limits: tuple[Any, Any]) -> QuerySet[Any]:
    low, high = limits
    rows = rows.alias(percent_used=percent_used(clock.today()))
    if low is not None:
        rows = rows.filter(percent_used__gte=low)
    return rows if high is None else rows.filter(percent_used__lte=high)


FILTERS = (filters.Amounts("budget_used", _("预算使用率（%）"), apply=_used_between),)


class BudgetRecordList(LimitRecords):
    """预算调整记录 of the customers in the member's scope."""

    key = "budget_records"
    title = _("预算调整记录")
    help = _("转售客户预算的每一次设置，以及随关联结束的删除。")
    empty = _("还没有预算调整记录。为转售客户设置预算后会出现在这里。")
    template = "billing/budgets/list.html"
    columns: Sequence[Column] = (
        NAME,
        columns.Choice(
            "operation", _("操作"), choices=dict(BudgetRecord.Operation.choices), card=True
        ),
        columns.Choice("kind", _("预算类型"), choices=dict(Kind.choices)),
        columns.Money("amount", _("预算金额（元）"), card=True),
        columns.Choice("on_exhaustion", _("预算用尽时"), choices=dict(OnExhaustion.choices)),
        columns.Instant("at", _("时间"), card=True),
        columns.Column("actor", _("操作人")),
    )
    filters: Sequence[Filter] = (
        BY_NAME,
        filters.Text("number", _("客户ID"), "customer__number"),
        filters.Choice("operation", _("操作"), choices=dict(BudgetRecord.Operation.choices)),
        filters.Choice("kind", _("预算类型"), choices=dict(Kind.choices)),
        filters.Amounts("amount", _("预算金额（元）")),
        filters.Dates("at", _("时间")),
    )

    def rows(self) -> QuerySet[Any]:
        return BudgetRecord.objects.visible_to(self.member).annotate(actor=actor(self.member))


class ResellerBudgetRecordList(TheirRecords, BudgetRecordList):
    """The same of its resellers' customers, for a distributor."""

    key = "reseller_budget_records"
    help = _("云经销商的转售客户预算的每一次设置，以及随关联结束的删除。")
    empty = _("云经销商的客户还没有预算调整记录。")
    columns = (THEIR_NAME, RESELLER, *BudgetRecordList.columns[1:])
    filters = (*BudgetRecordList.filters[:2], BY_RESELLER, *BudgetRecordList.filters[2:])

    def rows(self) -> QuerySet[Any]:
        theirs = BudgetRecord.objects.visible_to(self.member, resellers=True)
        return theirs.annotate(actor=actor(self.member))
