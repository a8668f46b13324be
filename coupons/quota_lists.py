"""额度 and 已发放额度 (customers_coupons.md §15.2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from core import clock
from core.lists import Tab, columns, filters
from core.lists.columns import Cell, Column, Page
from workbench.lists import WorkList

from .listing import BY_KIND, KINDS, Number, NumberFilter, url_of
from .models import Quota
from .models.quotas import quota_number
from .services import issuing, quotas

QUOTA_STATES = dict(Quota.State.choices)
QUOTA_TONES = {
    "normal": "green",
    "invalid": "muted",
    "adjusting": "amber",
    "frozen": "amber",
    "reclaimed": "muted",
}


@dataclass(frozen=True)
class _QuotaState(columns.State):
    """What a quota is now: 失效 once its time is over. Reads state and end."""

    def _now(self, page: Page) -> Cell:
        over = Quota.State.INVALID.value
        return lambda v: over if v[0] == "normal" and v[1] <= page.now else v[0]

    def plain(self, page: Page) -> Cell:
        word, now = super().plain(page), self._now(page)
        return lambda values: word(now(values))

    def cell(self, page: Page) -> Cell:
        now, word, tones = self._now(page), columns.Choice.plain(self, page), self.tones
        return lambda values: (
            f'<span class="dot {tones[now(values)]}"></span>{escape(word(now(values)))}'
        )


def _in_state(rows: QuerySet[Any], state: str) -> QuerySet[Any]:
    now = clock.now()
    over = Q(state=Quota.State.NORMAL, ends_at__lte=now)
    if state == Quota.State.INVALID:
        return rows.filter(Q(state=state) | over)
    return rows.filter(state=state).exclude(over)


_QUOTA_STATE = _QuotaState(
    "state", _l("状态"), ("state", "ends_at"), choices=QUOTA_STATES, tones=QUOTA_TONES, card=True
)


class QuotaList(WorkList):
    """额度 of the partner: what may be issued, and of what."""

    exportable = True
    key = "quotas"
    title = _l("券额度")
    help = _l("厂商或总经销商授予的额度，只能以券的形式发给客户。")
    empty = _l("还没有券额度。厂商或总经销商授予后会出现在这里。")
    template = "coupons/quotas.html"
    order = ("-pk",)
    first_tab = "all"
    tabs = (
        Tab("all", _l("全部")),
        *(Tab(kind, label, Q(kind=kind)) for kind, label in Quota.Kind.choices),
    )
    filters = (
        NumberFilter("number", _l("额度编号"), "pk"),
        filters.Choice(
            "state",
            _l("状态"),
            choices={k: v for k, v in QUOTA_STATES.items() if k != "reclaimed"},
            apply=_in_state,
        ),
        filters.Dates("ends", _l("失效时间"), "ends_at", ahead=True),
    )

    def rows(self) -> QuerySet[Any]:
        return Quota.objects.visible_to(self.member)

    def visible_columns(self) -> Sequence[Column]:
        return (
            Number("number", _l("额度编号"), ("pk",), card=True),
            columns.Choice("kind", _l("券类型"), choices=KINDS, card=True),
            columns.Money("value", _l("额度金额（元）")),
            columns.Money("balance", _l("余额（元）"), ("account__balance",), card=True),
            _QUOTA_STATE,
            columns.Instant("starts_at", _l("生效时间")),
            columns.Instant("ends_at", _l("失效时间"), card=True),
            _Origin("origin", _l("来源"), ("parent_id",)),
            columns.Column("remark", _l("备注")),
            columns.Actions(
                "actions", _l("操作"), ("pk", "state", "ends_at"), buttons=self._buttons
            ),
        )

    @property
    def may_issue(self) -> bool:
        return bool(issuing.decide_issue(self.member, at=None))

    def _buttons(self, page: Page) -> Cell:
        issue = issuing.decide_issue(self.member, at=page.now)
        give = quotas.decide_give(self.member, at=page.now)
        refused = "" if issue else columns.refused(issue, _("发放"))

        def buttons(values: tuple[int, str, datetime]) -> str:
            pk, state, ends_at = values
            made = []
            if state == Quota.State.NORMAL and ends_at > page.now:
                link = f'<a href="{url_of("issue", pk)}">{_("发放")}</a>'
                made.append(refused or link)
                if give:
                    made.append(f'<a href="{url_of("give", pk)}">{_("发放额度")}</a>')
            log = f"{reverse('coupons:record_list')}?{urlencode({'quota': quota_number(pk)})}"
            made.append(f'<a href="{escape(log)}">{_("操作记录")}</a>')
            return "".join(made)

        return buttons


@dataclass(frozen=True)
class _Origin(columns.Column):
    def plain(self, page: Page) -> Cell:
        vendor, distributor = _("厂商"), _("总经销商")
        return lambda parent: distributor if parent else vendor


class GivenList(WorkList):
    """已发放额度: what a distributor gave to its resellers."""

    exportable = True
    key = "given_quotas"
    title = _l("已发放额度")
    help = _l("发放给云经销商的额度；状态为“正常”时可以回收全部余额。")
    empty = _l("还没有向云经销商发放额度。在“券额度”中选择一个额度发放。")
    template = "coupons/quotas.html"
    order = ("-pk",)
    filters = (
        NumberFilter("number", _l("额度编号"), "pk"),
        filters.Text("reseller", _l("云经销商"), "partner__name__contains"),
        filters.Choice("state", _l("状态"), choices=QUOTA_STATES, apply=_in_state),
        BY_KIND,
        filters.Dates("given", _l("发放时间"), "created_at"),
    )

    def rows(self) -> QuerySet[Any]:
        return Quota.objects.given_by(self.member)

    def visible_columns(self) -> Sequence[Column]:
        return (
            _Plain("number", _l("额度编号"), ("pk",), card=True),
            columns.Column("reseller", _l("云经销商"), ("partner__name",), card=True),
            columns.Choice("kind", _l("券类型"), choices=KINDS),
            columns.Money("value", _l("额度金额（元）")),
            columns.Money("balance", _l("余额（元）"), ("account__balance",), card=True),
            _QUOTA_STATE,
            Number("parent", _l("上级额度"), ("parent_id",)),
            columns.Instant("created_at", _l("发放时间")),
            columns.Instant("ends_at", _l("失效时间")),
            columns.Column("remark", _l("备注")),
            columns.Actions("actions", _l("操作"), ("pk", "state"), buttons=self._buttons),
        )

    def _buttons(self, page: Page) -> Cell:
        decision = quotas.decide_take(self.member)
        refused = "" if decision else columns.refused(decision, _("回收"))

        def buttons(values: tuple[int, str]) -> str:
            pk, state = values
            if state != Quota.State.NORMAL:
                return ""
            return refused or f'<a href="{url_of("take", pk)}">{_("回收")}</a>'

        return buttons


@dataclass(frozen=True)
class _Plain(columns.Column):
    def plain(self, page: Page) -> Cell:
        return lambda pk: quota_number(pk)
