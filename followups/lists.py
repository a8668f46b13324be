"""处理预警 and 查看预警 (customers_coupons.md §10.2)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache, cached_property
from html import escape
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from activity.services import record
from core import clock
from core.access import Decision
from core.htmx import wants_part
from core.lists import Tab, columns, filters
from core.lists.paging import count_label, counts_by_condition
from core.masking import mask_name
from customers.finding import of_customers_named
from customers.lists import customer_url, name_parts
from customers.models import Customer
from org.permissions import CUSTOMERS_REVEAL
from workbench.lists import WorkList

from . import texts
from .bulk import HandleAlerts
from .models import SNOOZED, WAITING, Alert, AlertClass, Scenario

TONES = {"pending": "amber", "snoozed": "blue", "handled": "green", "lapsed": "muted"}


@cache
def _alert_path() -> str:
    return reverse("followups:alert_detail", args=[0])


def alert_url(pk: int) -> str:
    return _alert_path().replace("/0/", f"/{pk}/")


@dataclass(frozen=True)
class Title(columns.Column):
    """标题: the sentence that the alert's figures make, leading to the alert."""

    def plain(self, page: columns.Page) -> columns.Cell:
        return lambda values: texts.title(values[1], values[2])

    def cell(self, page: columns.Page) -> columns.Cell:
        plain = self.plain(page)

        def cell(values: tuple[Any, ...]) -> str:
            words = escape(plain(values))
            return (
                f'<span title="{words}">{columns.drawer_link(alert_url(values[0]), words)}</span>'
            )

        return cell


def _handle_buttons(page: columns.Page) -> columns.Cell:
    handle, view = _("处理"), _("查看")

    def button(values: tuple[Any, ...]) -> str:
        pk, state = values
        return columns.drawer_link(alert_url(pk), handle if state == Alert.State.PENDING else view)

    return button


def _view_button(page: columns.Page) -> columns.Cell:
    view = _("查看")
    return lambda pk: columns.drawer_link(alert_url(pk), view)


SCENARIO = columns.Choice("scenario", _l("场景名称"), choices=dict(Scenario.choices), card=True)
CLASS = columns.Choice("alert_class", _l("预警类别"), choices=dict(AlertClass.choices))
TITLE = Title("title", _l("标题"), ("pk", "scenario", "facts"), card=True)
_NAMES = ("customer_id", "customer__name", "customer__account_name", "customer__number")
CUSTOMER = columns.Name(
    "name",
    _l("客户名称/账号名"),
    _NAMES,
    mask="name",
    card=True,
    url=customer_url,
    parts=name_parts("customer__"),
)
RAISED = columns.Instant("raised_at", _l("发送时间"))


@dataclass(frozen=True)
class _State(columns.State):
    """The state, and of pending alerts whether they were put aside."""

    def plain(self, page: columns.Page) -> columns.Cell:
        word = super().plain(page)
        return lambda values: word(_shown_state(values))

    def cell(self, page: columns.Page) -> columns.Cell:
        word, tones = super().plain(page), self.tones

        def cell(values: tuple[Any, ...]) -> str:
            state, until = _shown_state(values), values[1]
            more = f' <span class="sub">{_("至")} {until}</span>' if until else ""
            return f'<span class="dot {tones[state]}"></span>{escape(word(state))}{more}'

        return cell


def _shown_state(values: tuple[Any, ...]) -> str:
    state, until = values
    return "snoozed" if until else state


STATE = _State(
    "state",
    _l("状态"),
    ("state", "snoozed_until"),
    choices=dict(Alert.State.choices) | {"snoozed": _l("已暂缓")},
    tones=TONES,
    card=True,
)
VIEW = columns.Actions("actions", _l("操作"), ("pk",), buttons=_view_button)

TABS = (
    Tab("pending", _l("待处理"), WAITING),
    Tab("snoozed", _l("已暂缓"), SNOOZED),
    Tab("handled", _l("已处理"), Q(state=Alert.State.HANDLED)),
    Tab("lapsed", _l("已失效"), Q(state=Alert.State.LAPSED)),
    Tab("all", _l("全部")),
)


def _of_manager(rows: QuerySet[Any], name: str) -> QuerySet[Any]:
    return rows.filter(account_manager__user__name__contains=name)


BY_SCENARIO = filters.Choice("scenario", _l("场景名称"), choices=dict(Scenario.choices))
BY_CLASS = filters.Choice("class", _l("预警类别"), "alert_class", choices=dict(AlertClass.choices))
BY_NAME = filters.Text(
    "name",
    _l("客户名称/账号名"),
    apply=of_customers_named,
    placeholder=_l("名称、账号名或拼音首字母"),
    mask="name",
)
BY_MANAGER = filters.Text(
    "manager", _l("客户经理"), apply=_of_manager, placeholder=_l("客户经理姓名")
)
BY_RESELLER = filters.Text("reseller", _l("云经销商名称"), "partner__name__contains")
BY_TIME = filters.Dates("raised", _l("发送时间"), "raised_at")


def _expires(first: date | None, last: date | None) -> Q:
    """Alerts of resources that expire on one of these days: their cause begins with the day."""
    narrow = Q(scenario=Scenario.EXPIRING)
    if first:
        narrow &= Q(cause__gte=first.isoformat())
    if last:
        narrow &= Q(cause__lt=(last + timedelta(days=1)).isoformat())
    return narrow


BY_EXPIRY = filters.Dates(
    "expires",
    _l("资源到期日"),
    apply=lambda rows, days: rows.filter(_expires(*days)),
    ahead=True,
)
TILES = (1, 7, 30)  # days


class AlertList(WorkList):
    """What the lists of alerts share."""

    title = _l("客户预警")
    order = ("-raised_at", "-pk")
    template = "followups/alert_list.html"
    tabs = TABS
    first_tab = "pending"

    def visible_filters(self) -> Sequence[filters.Filter]:
        """A link from a customer narrows to that customer; the form then says so."""
        wanted = self.data.get("customer", "")
        if not wanted:
            return self.filters
        number = int(wanted) if wanted.isdecimal() and len(wanted) < 19 else 0
        found = self.customers().filter(pk=number).values_list("pk", "name")
        names = {str(pk): mask_name(name) for pk, name in found}
        return (*self.filters, filters.Choice("customer", _l("客户"), choices=names))

    def customers(self) -> QuerySet[Customer]:
        return Customer.objects.visible_to(self.member)

    def respond(self) -> HttpResponse:
        """The page shows the tiles and then asks how many each leads to."""
        if self.data.get("tiles") and wants_part(self.request):
            context = {"list": self, "counted": self.counted_tiles()}
            return render(self.request, f"{self.template}#tiles", context)
        return super().respond()

    @cached_property
    def tiles(self) -> list[dict[str, Any]]:
        """What waits of the last 1, 7 and 30 days, and what expires within as many: each tile is
        a filter of this list."""
        today = clock.today()
        firsts = [today - timedelta(days=n - 1) for n in TILES]
        lasts = [today + timedelta(days=n) for n in TILES]
        raised = [{"raised_from": first} for first in firsts]
        expires = [{"expires_from": today, "expires_to": last} for last in lasts]
        labels = (
            *(_("今日新增"), _("近 7 天新增"), _("近 30 天新增")),
            *(_("1 天内到期"), _("7 天内到期"), _("30 天内到期")),
        )
        narrows = [
            *(Q(raised_at__gte=clock.start_of(first)) for first in firsts),
            *(_expires(today, last) for last in lasts),
        ]
        windows = [{k: day.isoformat() for k, day in each.items()} for each in raised + expires]
        asked = {k: self.data[k] for k in self.data if k.startswith(("raised_", "expires_"))}
        return [
            {
                "label": label,
                "narrow": narrow,
                "url": f"?{urlencode({'tab': 'pending', **window})}",
                "on": asked == window,
            }
            for label, narrow, window in zip(labels, narrows, windows, strict=True)
        ]

    def counted_tiles(self) -> list[dict[str, Any]]:
        """In one look at what waits."""
        waiting = self.rows().filter(WAITING).order_by(*self.order)
        counts = counts_by_condition(waiting, [tile["narrow"] for tile in self.tiles])
        return [
            tile | {"count": count_label(count)}
            for tile, count in zip(self.tiles, counts, strict=True)
        ]

    def may_reveal(self) -> Decision:
        return self.member.may(CUSTOMERS_REVEAL)

    def record_reveal(self, column: columns.Column, pks: list[Any]) -> None:
        alerts = self.rows().filter(pk__in=pks).order_by("customer")
        shown = list(alerts.values_list("customer", flat=True).distinct())
        record(
            "customer.revealed",
            by=self.member,
            at=clock.now(),
            after={"column": column.key, "list": self.key, "customers": shown},
        )


class HandleList(AlertList):
    """处理预警: what this member alone may handle."""

    exportable = True
    actions = (HandleAlerts(),)
    key = "alerts_to_handle"
    title = _l("处理预警")
    help = _l("由您负责的客户的预警。请联系客户了解情况，并记录处理结果。")
    empty = _l("没有需要您处理的预警。每天早上 6 点后，新的预警会出现在这里。")
    columns = (
        SCENARIO,
        CLASS,
        TITLE,
        CUSTOMER,
        RAISED,
        STATE,
        columns.Actions("actions", _l("操作"), ("pk", "state"), buttons=_handle_buttons),
    )
    filters = (BY_SCENARIO, BY_CLASS, BY_NAME, BY_TIME, BY_EXPIRY)

    def rows(self) -> QuerySet[Alert]:
        return Alert.objects.owned_by(self.member)


class ViewList(AlertList):
    """查看预警 · 我的客户: all alerts in the member's data scope, to read."""

    exportable = True
    key = "alerts"
    title = _l("查看预警")
    help = _l(
        "您可查看的全部客户预警及其处理情况。处理由客户经理负责；没有客户经理时由主账号负责。"
    )
    empty = _l("还没有客户预警。每天早上 6 点后，新的预警会出现在这里。")
    columns = (
        SCENARIO,
        CLASS,
        TITLE,
        CUSTOMER,
        columns.Column("manager", _l("客户经理"), ("account_manager__user__name",)),
        RAISED,
        STATE,
        VIEW,
    )
    filters = (BY_SCENARIO, BY_CLASS, BY_NAME, BY_TIME, BY_MANAGER, BY_EXPIRY)

    def rows(self) -> QuerySet[Alert]:
        return Alert.objects.visible_to(self.member)


class ResellerViewList(AlertList):
    """查看预警 · 云经销商的客户: what a distributor may read of its resellers' alerts."""

    exportable = True
    key = "reseller_alerts"
    title = _l("查看预警")
    help = _l("您的云经销商的客户的预警，由云经销商处理。")
    empty = _l("您的云经销商的客户还没有预警。")
    first_tab = "all"
    columns = (
        SCENARIO,
        CLASS,
        TITLE,
        replace(CUSTOMER, url=None),
        columns.Column("reseller", _l("云经销商名称"), ("partner__name",), card=True),
        RAISED,
        STATE,
        VIEW,
    )
    filters = (BY_SCENARIO, BY_CLASS, BY_NAME, BY_TIME, BY_RESELLER, BY_EXPIRY)

    def rows(self) -> QuerySet[Alert]:
        return Alert.objects.visible_to(self.member, resellers=True)

    def customers(self) -> QuerySet[Customer]:
        return Customer.objects.visible_to(self.member, resellers=True)


class CustomerAlertList(AlertList):
    """预警 of one customer, for whoever may see the customer."""

    key = "customer_alerts"
    empty = _l("该客户还没有预警。")
    template = "followups/customer_alerts.html"
    first_tab = "all"
    columns = (SCENARIO, CLASS, TITLE, RAISED, STATE, VIEW)

    def __init__(self, request: Any, customer: Customer) -> None:
        super().__init__(request)
        self.customer = customer

    def rows(self) -> QuerySet[Alert]:
        return Alert.objects.visible_to(self.member).filter(customer=self.customer)

    def visible_filters(self) -> Sequence[filters.Filter]:
        return ()

    def extra_context(self) -> dict[str, Any]:
        return {"customer": self.customer, "tab": "alerts"}
