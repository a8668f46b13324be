"""欠费客户 (customers_coupons.md §12.7): who owes, what is at risk, and what to do."""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from html import escape
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from billing import listing
from billing.funds.services import Type, decide_adjust
from billing.models import Resource
from core.lists import columns, filters
from core.lists.columns import Column
from core.lists.filters import Filter
from core.search import search
from customers.lists import NAME, by_manager_name
from customers.models import Customer
from org.models import Member

AT_RISK = {
    Resource.State.GRACE.value: _l("宽限期 %(n)d 个"),
    Resource.State.RETENTION.value: _l("保留期 %(n)d 个"),
}


class ArrearsList(listing.CustomersRows):
    key = "arrears"
    title = _l("欠费客户")
    help = _l("欠费的客户，欠费多的在前。资源欠费后进入宽限期、保留期，之后释放。")
    empty = _l("没有欠费的客户。")
    template = "billing/consumption_list.html"
    order = ("-arrears", "-pk")
    columns: Sequence[Column] = (
        NAME,
        columns.Money("arrears", _l("欠费（元）"), card=True),
        columns.Money("available_amount", _l("可用额度（元）")),
        columns.Choice("association_type", _l("关联类型"), choices=listing.ASSOCIATIONS, card=True),
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
        filters.Choice("type", _l("关联类型"), "association_type", choices=listing.ASSOCIATIONS),
        filters.Amounts("arrears", _l("欠费（元）")),
        filters.Text(
            "manager", _l("客户经理"), apply=by_manager_name, placeholder=_l("客户经理姓名")
        ),
    )

    def rows(self) -> QuerySet[Customer]:
        return self.customers().in_arrears()

    def one_customer(self, field: str) -> Sequence[Filter]:
        return super().one_customer("pk")

    def visible_columns(self) -> Sequence[Column]:
        risk = columns.Looked("at_risk", _l("受影响的资源"), fetch=self._at_risk, default="")
        doing = columns.Actions(
            "actions",
            _l("怎么办"),
            ("pk", "association_type"),
            buttons=partial(what_to_do, self.member),
        )
        return [*self.columns[:3], risk, *self.columns[3:], doing]

    def _at_risk(self, pks: list[Any]) -> Mapping[Any, str]:
        """How many resources of each customer are in which period; in one statement."""
        late = Resource.objects.visible_to(self.member).filter(
            customer__in=pks, state__in=list(AT_RISK)
        )
        counts = Counter(late.values_list("customer", "state"))
        found: dict[Any, str] = {}
        for state, words in AT_RISK.items():
            for pk in pks:
                if n := counts[pk, state]:
                    said = str(words) % {"n": n}
                    found[pk] = _("、").join(filter(None, (found.get(pk), said)))
        return found

    def record_reveal(self, column: Column, pks: list[Any]) -> None:
        listing.record_revealed(self, column, pks)


def what_to_do(by: Member, page: columns.Page) -> columns.Cell:
    """The partner cures arrears of those to whom it resells; the others top up themselves."""
    remind, allocate, decision = _("提醒客户充值"), _("拨款"), decide_adjust(by, Type.ALLOCATE)
    refused = "" if decision else columns.refused(decision, allocate)
    url = reverse("funds:allocate_customer", args=[0])

    def cell(values: tuple[Any, ...]) -> str:
        pk, association = values
        if association != Customer.Association.RESALE:
            return f"<span>{escape(remind)}</span>"
        return refused or f'<a href="{url.replace("/0/", f"/{pk}/")}">{escape(allocate)}</a>'

    return cell
