"""The three lists of 客户分配: customers to assign, account managers, and what was assigned.

Batches are an action that `AssignList` declares; single ones are its row's.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from activity.services import record
from core import clock
from core.access import Decision
from core.lists import Tab, columns, filters
from core.lists.columns import Cell, Column, Page
from core.lists.filters import Filter
from org.models import Member
from org.permissions import CUSTOMERS_REVEAL
from workbench.lists import WorkList

from ..finding import of_customers_named
from ..lists import FILTERS, LABEL, NAME, CustomerList, customer_url, name_parts
from ..models import Assignment, Customer
from ..services import assignable_managers, decide_assign

TEMPLATE = "customers/assignments/list.html"
MANAGER = columns.Column("manager", _("客户经理"), ("account_manager__user__name",), card=True)
WANTED = ("name", "number", "type", "associated", "manager", "level")


class AssignList(CustomerList):
    """客户分配: the customers that this member may assign, those without a manager first."""

    exportable = True
    key = "assign_customers"
    title = _("客户分配")
    help = _("为客户分配客户经理，或收回客户。没有客户经理的客户由主账号负责。")
    empty = _("没有可分配的客户。")
    template = TEMPLATE
    tabs = (
        Tab("unassigned", _("未分配"), Q(account_manager__isnull=True)),
        Tab("assigned", _("已分配"), Q(account_manager__isnull=False)),
        Tab("all", _("全部")),
    )
    first_tab = "all"

    def visible_columns(self) -> Sequence[Column]:
        by_key = {column.key: column for column in self.columns}
        since = columns.Looked("since", _("分配时间"), fetch=self._since, default="--", card=True)
        return (
            *(NAME, MANAGER, since),
            *(by_key[key] for key in ("association_type", "level", "associated_at", "labels")),
            columns.Actions("actions", _("操作"), ("pk",), buttons=self._buttons),
        )

    def visible_filters(self) -> Sequence[Filter]:
        """A link from an account manager narrows to his customers; the form then says so."""
        shown = [*(each for each in FILTERS if each.key in WANTED), LABEL]
        if not (wanted := self.data.get("owner", "")):
            return shown
        number = int(wanted) if wanted.isdecimal() and len(wanted) < 19 else 0
        found = Member.objects.visible_to(self.member).filter(pk=number)
        names = {str(pk): name for pk, name in found.values_list("pk", "user__name")}
        owner = filters.Choice("owner", _("客户经理"), "account_manager", choices=names)
        return [*shown, owner]

    def _since(self, pks: list[int]) -> Mapping[int, str]:
        rows = Assignment.objects.visible_to(self.member).current().filter(customer__in=pks)
        found: dict[int, datetime] = dict(rows.order_by().values_list("customer", "started_at"))
        return {pk: clock.day_of(at).isoformat() for pk, at in found.items()}

    def _buttons(self, page: Page) -> Cell:
        assign, decision = str(_("分配")), decide_assign(self.member)
        if not decision:
            refused = columns.refused(decision, assign)
            return lambda pk: refused
        return lambda pk: f'<a href="{customer_url(pk)}assign/">{assign}</a>'


class ManagerList(WorkList):
    """按客户经理: how many customers each account manager has."""

    key = "account_managers"
    title = _("客户分配")
    help = _("本伙伴在职的客户经理及其名下客户数。客户经理主管只看到自己的客户经理。")
    empty = _("还没有客户经理。请联系主账号或系统管理员添加成员并分配“客户经理”角色。")
    template = TEMPLATE
    order = ("pk",)
    filters = (filters.Text("name", _("客户经理"), "user__name__contains"),)

    def rows(self) -> QuerySet[Any]:
        return assignable_managers(self.member)

    def visible_columns(self) -> Sequence[Column]:
        return (
            columns.Column("name", _("客户经理"), ("user__name",), card=True),
            columns.Column("director", _("客户经理主管"), ("director__user__name",), card=True),
            columns.Looked(
                "customers",
                _("名下客户数"),
                fetch=self._customers,
                default=0,
                numeric=True,
                card=True,
            ),
            columns.Actions("actions", _("操作"), ("pk",), buttons=_customers_button),
        )

    def _customers(self, pks: list[int]) -> Mapping[int, int]:
        """Grouped over an index that holds nothing else: a former customer has no manager."""
        rows = Customer.objects.visible_to(self.member).filter(account_manager__in=pks)
        counted = rows.order_by().values_list("account_manager").annotate(number=Count("pk"))
        return dict(counted)


def _customers_button(page: Page) -> Cell:
    url, words = reverse("customers:assign_list"), str(_("查看客户"))
    return lambda pk: f'<a href="{url}?owner={pk}">{words}</a>'


class AssignmentList(WorkList):
    """分配记录: every assignment there was, of the customers in the member's scope."""

    exportable = True
    key = "assignments"
    title = _("客户分配")
    help = _("客户在何时由哪位客户经理负责。业绩从分配的次日起计算。")
    empty = _("还没有分配记录。分配客户经理后会出现在这里。")
    template = TEMPLATE
    order = ("-started_at", "-pk")
    columns = (
        columns.Name(
            "name",
            _("客户名称/账号名"),
            ("customer_id", "customer__name", "customer__account_name", "customer__number"),
            mask="name",
            card=True,
            url=customer_url,
            parts=name_parts("customer__"),
        ),
        columns.Column("manager", _("客户经理"), ("manager__user__name",), card=True),
        columns.Instant("started_at", _("开始时间"), card=True),
        columns.Day("performance_from", _("业绩起算日")),
        columns.Instant("ended_at", _("结束时间"), card=True),
        columns.Column("assigned_by", _("分配人"), ("assigned_by__user__name",)),
    )
    filters = (
        filters.Text(
            "name",
            _("客户名称/账号名"),
            apply=of_customers_named,
            placeholder=_("名称、账号名或拼音首字母"),
        ),
        filters.Text("manager", _("客户经理"), "manager__user__name__contains"),
        filters.Dates("started", _("开始时间"), "started_at"),
        filters.Choice(
            "state",
            _("状态"),
            choices={"current": _("进行中"), "ended": _("已结束")},
            apply=lambda rows, value: rows.filter(ended_at__isnull=value == "current"),
        ),
    )

    def rows(self) -> QuerySet[Any]:
        return Assignment.objects.visible_to(self.member)

    def may_reveal(self) -> Decision:
        return self.member.may(CUSTOMERS_REVEAL)

    def record_reveal(self, column: Column, pks: list[Any]) -> None:
        shown = self.rows().filter(pk__in=pks).order_by("customer")
        customers = list(shown.values_list("customer", flat=True).distinct())
        record(
            "customer.revealed",
            by=self.member,
            at=clock.now(),
            after={"column": column.key, "list": self.key, "customers": customers},
        )
