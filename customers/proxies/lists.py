"""代客操作记录, for the partner: one line of what was done in customers' accounts."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _l

from activity.services import record
from core import clock
from core.access import Decision
from core.lists import columns, filters
from core.lists.columns import Column
from org.permissions import CUSTOMERS_REVEAL
from workbench.lists import WorkList

from ..finding import of_customers_named
from ..lists import customer_url, name_parts
from .models import ProxyAction, Purpose

KINDS, RESULTS = dict(ProxyAction.Kind.choices), dict(ProxyAction.Result.choices)
TONES = {"done": "green", "asked": "blue", "failed": "red"}


class ActionList(WorkList):
    key = "proxy_actions"
    title = _l("代客操作记录")
    help = _l("在客户账号内的每一步操作，客户同时可以看到（不含操作人）。")
    empty = _l("还没有代客操作。进入客户账号后的每一步会出现在这里。")
    exportable = True
    keys_first = True
    order = ("-at", "-pk")
    columns = (
        columns.Name(
            "name",
            _l("客户名称/账号名"),
            ("customer_id", "customer__name", "customer__account_name", "customer__number"),
            mask="name",
            card=True,
            url=customer_url,
            parts=name_parts("customer__"),
        ),
        columns.Choice("kind", _l("操作"), choices=KINDS, card=True),
        columns.Column("subject", _l("对象"), card=True),
        columns.State("result", _l("结果"), choices=RESULTS, tones=TONES),
        columns.Choice("purpose", _l("目的"), choices=dict(Purpose.choices)),
        columns.Column("note", _l("说明")),
        columns.Column("operator", _l("操作人"), ("operator__user__name",)),
        columns.Instant("at", _l("时间"), card=True),
        columns.Column("address", _l("IP 地址")),
    )
    filters = (
        filters.Text(
            "name",
            _l("客户名称/账号名"),
            apply=of_customers_named,
            placeholder=_l("名称、账号名或拼音首字母"),
            mask="name",
        ),
        filters.Text("number", _l("客户ID"), "customer__number"),
        filters.Choice("kind", _l("操作"), choices=KINDS),
        filters.Choice("purpose", _l("目的"), choices=dict(Purpose.choices)),
        filters.Text("operator", _l("操作人"), "operator__user__name__contains"),
        filters.Dates("at", _l("时间")),
    )

    def rows(self) -> QuerySet[Any]:
        return ProxyAction.objects.visible_to(self.member)

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
