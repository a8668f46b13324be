"""客户授权: who asked which customer for what, and until when it holds."""

from datetime import timedelta
from functools import cache, cached_property
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
from core.lists.columns import Cell, Column, Page
from core.lists.paging import count_label, counts_by_condition
from org.permissions import CUSTOMERS_REVEAL
from workbench.lists import WorkList

from ..finding import of_customers_named
from ..lists import name_parts
from .bulk import ExtendAuthorizations
from .models import Authorization
from .rules import SOON
from .scopes import Scope

TONES = {"asked": "amber", "granted": "green", "refused": "red", "revoked": "red"}
STATES = dict(Authorization.State.choices)
GRANTED = Q(state=Authorization.State.GRANTED)


@cache
def _path() -> str:
    return reverse("authorizations:authorization", args=[0])


def authorization_url(pk: int) -> str:
    return _path().replace("/0/", f"/{pk}/")


class Scopes(Column):
    """Several words for several codes."""

    def plain(self, page: Page) -> Cell:
        words = {scope.value: str(scope.label) for scope in Scope}
        comma = str(_("、"))
        return lambda codes: comma.join(words.get(code, code) for code in codes or ())


class AuthorizationList(WorkList):
    key = "authorizations"
    title = _l("客户授权")
    help = _l("代客下单和代客运维前，先取得客户的授权；客户可以随时撤销。")
    empty = _l("还没有授权申请。在代售或转售客户的“授权”页申请后会出现在这里。")
    template = "customers/authorizations/list.html"
    exportable = True
    keys_first = True
    actions = (ExtendAuthorizations(),)
    order = ("-asked_at", "-pk")
    tabs = (
        Tab("all", _l("全部")),
        Tab("asked", _l("待客户处理"), Q(state=Authorization.State.ASKED)),
        Tab("granted", _l("已授权"), GRANTED),
        Tab("over", _l("已结束"), ~Q(state__in=Authorization.LIVE)),
    )
    first_tab = "all"
    columns = (
        columns.Name(
            "name",
            _l("客户名称/账号名"),
            ("pk", "customer__name", "customer__account_name", "customer__number"),
            mask="name",
            card=True,
            url=authorization_url,
            parts=name_parts("customer__"),
        ),
        columns.State("state", _l("状态"), choices=STATES, tones=TONES, card=True),
        Scopes("scopes", _l("授权范围")),
        columns.Day("expires_on", _l("到期日期"), card=True),
        columns.Column("manager", _l("客户经理"), ("customer__account_manager__user__name",)),
        columns.Column("asked_by", _l("申请人"), ("asked_by__name",)),
        columns.Instant("asked_at", _l("申请时间")),
        columns.Instant("granted_at", _l("授权时间")),
        columns.Instant("ended_at", _l("结束时间")),
        columns.Column("reason", _l("原因")),
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
        filters.Choice("state", _l("状态"), choices=STATES),
        filters.Choice(
            "scope",
            _l("授权范围"),
            choices=dict(Scope.choices),
            apply=lambda rows, value: rows.filter(scopes__contains=[value]),
        ),
        filters.Dates("expires", _l("到期日期"), "expires_on", instants=False, ahead=True),
        filters.Dates("asked", _l("申请时间"), "asked_at"),
    )

    def rows(self) -> QuerySet[Any]:
        return Authorization.objects.visible_to(self.member)

    def respond(self) -> HttpResponse:
        """The page shows the tiles and then asks how many each leads to."""
        if self.data.get("tiles") and wants_part(self.request):
            context = {"list": self, "counted": self.counted_tiles()}
            return render(self.request, f"{self.template}#tiles", context)
        return super().respond()

    @cached_property
    def tiles(self) -> list[dict[str, Any]]:
        """What ends within 30, 7 and 1 days: each is a filter of this list."""
        today = clock.today()
        labels = {1: _("1 天内到期"), 7: _("7 天内到期"), 30: _("30 天内到期")}
        asked = {k: self.data[k] for k in self.data if k.startswith("expires_")}
        tiles = []
        for days in reversed(SOON):
            last = today + timedelta(days=days)
            window = {"expires_from": today.isoformat(), "expires_to": last.isoformat()}
            tiles.append(
                {
                    "label": labels[days],
                    "narrow": Q(expires_on__range=(today, last)),
                    "url": f"?{urlencode({'tab': 'granted', **window})}",
                    "on": asked == window,
                }
            )
        return tiles

    def counted_tiles(self) -> list[dict[str, Any]]:
        granted = self.rows().filter(GRANTED).order_by(*self.order)
        counts = counts_by_condition(granted, [tile["narrow"] for tile in self.tiles])
        return [
            tile | {"count": count_label(count)}
            for tile, count in zip(self.tiles, counts, strict=True)
        ]

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
