"""客户管理: the two lists of customers (customers_coupons.md §3)."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from activity.services import record
from core import clock
from core.access import Decision
from core.lists import columns, filters
from core.lists.columns import Column
from core.lists.filters import Filter
from core.search import search
from org.permissions import CUSTOMERS_REVEAL
from workbench.lists import WorkList

from .models import Customer
from .notes.lists import Labels
from .notes.models import labelled, labels_of_outer_customer

VERIFIED_TONES = {"verified": "green", "reviewing": "blue", "failed": "red"}
LEVELS = {str(n): f"V{n}" for n in range(6)}


@cache
def _detail_path() -> str:
    return reverse("customers:customer_detail", args=[0])


def customer_url(pk: int) -> str:
    """The customer's page; a list makes fifty of these, so the pattern is looked up once."""
    return _detail_path().replace("/0/", f"/{pk}/")


def by_manager_name(rows: QuerySet[Any], name: str) -> QuerySet[Any]:
    return rows.filter(account_manager__user__name__contains=name)


def name_parts(prefix: str = "") -> tuple[Column, ...]:
    """What a file says of a customer; `prefix` is the path to it. They are masked together."""
    return (
        columns.Column("name", _("客户名称"), (f"{prefix}name",), mask="name"),
        columns.Column("name", _("账号名"), (f"{prefix}account_name",), mask="name"),
        columns.Column("number", _("客户ID"), (f"{prefix}number",)),
    )


NAME = columns.Name(
    "name",
    _("客户名称/账号名"),
    ("pk", "name", "account_name", "number"),
    mask="name",
    card=True,
    url=customer_url,
    parts=name_parts(),
)
FILTERS = (
    filters.Text(
        "name",
        _("客户名称/账号名"),
        apply=search,
        placeholder=_("名称、账号名或拼音首字母"),
        mask="name",
    ),
    filters.Text("number", _("客户ID")),
    filters.Text("phone", _("移动电话"), mask="phone"),
    filters.Choice(
        "type", _("关联类型"), "association_type", choices=dict(Customer.Association.choices)
    ),
    filters.Dates("associated", _("关联时间"), "associated_at"),
    filters.Text("manager", _("客户经理"), apply=by_manager_name, placeholder=_("客户经理姓名")),
    filters.Choice("verified", _("实名认证状态"), choices=dict(Customer.Verified.choices)),
    filters.Choice("level", _("客户等级"), choices=LEVELS),
    filters.Choice(
        "assigned",
        _("分配状态"),
        choices={"yes": _("已分配"), "no": _("未分配")},
        apply=lambda rows, value: rows.filter(account_manager__isnull=value == "no"),
    ),
)
# Of the partner's own customers only: a distributor never reads its resellers' labels.
LABEL = filters.Text(
    "label", _("标签"), apply=labelled, placeholder=_("标签名称的一部分，区分大小写")
)


class CustomerList(WorkList):
    """我的客户: the customers of the acting partner, in the member's data scope."""

    key = "customers"
    title = _("客户管理")
    help = _("查看与您关联的客户，了解其可用额度、客户经理和待处理预警。")
    empty = _("还没有关联的客户。客户接受关联后会出现在这里。")
    order = ("-associated_at", "-pk")
    # What is looked at most comes first; the rest is a scroll away.
    columns: Sequence[Column] = (
        NAME,
        columns.Choice(
            "association_type", _("关联类型"), choices=dict(Customer.Association.choices), card=True
        ),
        columns.Column("manager", _("客户经理"), ("account_manager__user__name",)),
        columns.Money("available_amount", _("可用额度（元）")),
        columns.Money("arrears", _("欠费（元）")),
        columns.Choice("level", _("等级"), choices={n: f"V{n}" for n in range(6)}),
        columns.State(
            "verified",
            _("实名认证"),
            choices=dict(Customer.Verified.choices),
            tones=VERIFIED_TONES,
        ),
        columns.Instant("associated_at", _("关联时间")),
        columns.Column("phone", _("移动电话"), mask="phone"),
        columns.Column("email", _("邮箱"), mask="email"),
        columns.Choice("type", _("客户类型"), choices=dict(Customer.Type.choices)),
        Labels("labels", _("标签")),
        columns.Column("remark", _("备注"), ("remark__text",)),
    )
    filters: Sequence[Filter] = (*FILTERS, LABEL)

    def rows(self) -> QuerySet[Any]:
        rows = Customer.objects.visible_to(self.member).associated()
        return rows.annotate(labels=labels_of_outer_customer())

    def may_reveal(self) -> Decision:
        return self.member.may(CUSTOMERS_REVEAL)

    def record_reveal(self, column: Column, pks: list[Any]) -> None:
        record(
            "customer.revealed",
            by=self.member,
            at=clock.now(),
            after={"column": column.key, "list": self.key, "customers": pks},
        )


class ResellerCustomerList(CustomerList):
    """云经销商的客户: what a distributor may see of its resellers' customers (basic facts only)."""

    key = "reseller_customers"
    help = _("您的云经销商的客户，仅显示基本信息；需要详情时请联系云经销商。")
    empty = _("您的云经销商还没有客户。")
    columns: Sequence[Column] = (
        columns.Name(
            "name",
            _("客户名称/账号名"),
            ("pk", "name", "account_name", "number"),
            mask="name",
            card=True,
            parts=name_parts(),
        ),
        columns.Column("reseller", _("云经销商名称"), ("partner__name",), card=True),
        columns.Choice(
            "association_type", _("关联类型"), choices=dict(Customer.Association.choices)
        ),
        columns.Instant("associated_at", _("关联时间")),
        columns.State(
            "verified",
            _("实名认证"),
            choices=dict(Customer.Verified.choices),
            tones=VERIFIED_TONES,
        ),
        columns.Choice("level", _("等级"), choices={n: f"V{n}" for n in range(6)}),
    )
    filters: Sequence[Filter] = (
        FILTERS[0],
        filters.Text("number", _("客户ID")),
        filters.Text("reseller", _("云经销商名称"), "partner__name__contains"),
        filters.Dates("associated", _("关联时间"), "associated_at"),
    )

    def rows(self) -> QuerySet[Any]:
        return Customer.objects.visible_to(self.member, resellers=True).associated()
