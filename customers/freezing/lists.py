"""冻结记录, and what the customer list says of freezing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import Case, F, QuerySet, Value, When
from django.utils.html import escape
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from activity.services import record
from core import clock
from core.access import Decision, denied
from core.lists import columns, filters
from core.lists.columns import Cell, Column, Page
from core.lists.filters import Filter
from org.models import Member, Standing
from org.permissions import CUSTOMERS_REVEAL
from workbench.lists import WorkList

from ..finding import of_customers_named
from ..lists import customer_url, name_parts
from .models import Cause, FreezeRecord
from .standing import SHOWN, TONES, in_state, shown_state


@dataclass(frozen=True)
class FreezeState(columns.State):
    """冻结状态, the one with the partner before one's own; `standings` says which are held."""

    standings: Mapping[int, str] = field(default_factory=dict)

    def plain(self, page: Page) -> Cell:
        word, shown = super().plain(page), self._shown()
        return lambda values: word(shown(values))

    def cell(self, page: Page) -> Cell:
        dots = {code: f'<span class="dot {TONES[code]}"></span>' for code in SHOWN}
        word, shown = super().plain(page), self._shown()

        def cell(values: tuple[Any, ...]) -> str:
            state = shown(values)
            return f"{dots[state]}{escape(word(state))}"

        return cell

    def _shown(self) -> Callable[[tuple[Any, ...]], str]:
        standings = self.standings

        def shown(values: tuple[Any, ...]) -> str:
            own, association_type, partner = values
            return shown_state(own, association_type, standings.get(partner, Standing.NORMAL))

        return shown


def state_column(standings: Mapping[int, str]) -> FreezeState:
    reads = ("freeze__state", "association_type", "partner_id")
    return FreezeState(
        "freeze", _("冻结状态"), reads, card=True, choices=SHOWN, standings=standings
    )


def _frozen_how(rows: QuerySet[Any], how: str) -> QuerySet[Any]:
    automatic = (Cause.ARRIVAL, Cause.BUDGET)
    return rows.filter(freeze__cause__in=automatic if how == "system" else (Cause.MANUAL,))


def state_filters(standings: Mapping[int, str]) -> tuple[filters.Filter, ...]:
    def in_shown_state(rows: QuerySet[Any], state: str) -> QuerySet[Any]:
        return rows.filter(in_state(state, standings))

    return (
        filters.Choice("freeze", _("冻结状态"), choices=SHOWN, apply=in_shown_state),
        filters.Choice(
            "frozen_how",
            _("冻结方式"),
            choices={"system": _("自动冻结"), "person": _("手动冻结")},
            apply=_frozen_how,
        ),
    )


def actor(member: Member) -> Case:
    """Who stands in a record, for this reader: another partner's people have no name."""
    return Case(
        When(by_partner=member.partner_id, then=F("by__name")),
        When(by_partner__isnull=False, by_partner=F("partner"), then=Value(_now("云经销商"))),
        When(by_partner__isnull=False, then=Value(_now("总经销商"))),
        When(by__isnull=False, then=Value(_now("厂商"))),
        default=Value(_now("系统")),
    )


NAME = columns.Name(
    "name",
    _("客户名称/账号名"),
    ("customer_id", "customer__name", "customer__account_name", "customer__number"),
    mask="name",
    card=True,
    url=customer_url,
    parts=name_parts("customer__"),
)
BY_NAME = filters.Text(
    "name",
    _("客户名称/账号名"),
    apply=of_customers_named,
    placeholder=_("名称、账号名或拼音首字母"),
    mask="name",
)
# A distributor has no pages of its resellers' customers.
THEIR_NAME = replace(NAME, url=None)
RESELLER = columns.Column("reseller", _("云经销商名称"), ("partner__name",), card=True)
BY_RESELLER = filters.Text("reseller", _("云经销商名称"), "partner__name__contains")


class LimitRecords(WorkList):
    """Records of steps on customers' limits."""

    exportable = True
    order = ("-at", "-pk")

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


class TheirRecords(WorkList):
    """Records of resellers' customers, before LimitRecords: they are not revealed."""

    def may_reveal(self) -> Decision:
        return denied(str(_("云经销商的客户资料请联系云经销商")))


class FreezeRecordList(LimitRecords):
    """冻结记录 of the customers in the member's scope."""

    key = "freeze_records"
    title = _("冻结记录")
    help = _("转售客户的冻结、解冻和资源释放，以及操作人和原因。")
    empty = _("还没有冻结记录。冻结或解冻转售客户后会出现在这里。")
    template = "customers/freezing/list.html"
    columns: Sequence[Column] = (
        NAME,
        columns.Choice("action", _("操作"), choices=dict(FreezeRecord.Action.choices), card=True),
        columns.Choice("cause", _("冻结方式"), choices={"": _("解冻"), **dict(Cause.choices)}),
        columns.Column("reason", _("原因"), card=True),
        columns.Instant("at", _("时间"), card=True),
        columns.Column("actor", _("操作人")),
    )
    filters: Sequence[Filter] = (
        BY_NAME,
        filters.Text("number", _("客户ID"), "customer__number"),
        filters.Choice("action", _("操作"), choices=dict(FreezeRecord.Action.choices)),
        filters.Choice("cause", _("冻结方式"), choices=dict(Cause.choices)),
        filters.Dates("at", _("时间")),
    )

    def rows(self) -> QuerySet[Any]:
        rows = FreezeRecord.objects.visible_to(self.member)
        return rows.annotate(actor=actor(self.member))


class ResellerFreezeRecordList(TheirRecords, FreezeRecordList):
    """The same of its resellers' customers, for a distributor. What a reseller noted as its
    reason was not meant for others."""

    key = "reseller_freeze_records"
    help = _("云经销商的转售客户的冻结、解冻和资源释放；云经销商填写的原因不显示。")
    empty = _("云经销商的客户还没有冻结记录。")
    columns = tuple(
        replace(column, fields=("own_reason",)) if column.key == "reason" else column
        for column in (THEIR_NAME, RESELLER, *FreezeRecordList.columns[1:])
    )
    filters = (*FreezeRecordList.filters[:2], BY_RESELLER, *FreezeRecordList.filters[2:])

    def rows(self) -> QuerySet[Any]:
        theirs = FreezeRecord.objects.visible_to(self.member, resellers=True)
        reason = Case(When(by_partner=F("partner"), then=Value("")), default=F("reason"))
        return theirs.annotate(actor=actor(self.member), own_reason=reason)
