"""已发放 and 操作记录 (customers_coupons.md §15.3, §15.4)."""

from collections.abc import Sequence
from datetime import timedelta
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from billing.listing import BY_NAME, CUSTOMER, CustomersRows
from core import clock
from core.htmx import wants_part
from core.lists import Tab, columns, filters
from core.lists.columns import Cell, Column, Page
from core.lists.paging import count_label, counts_by_condition
from org.permissions import COUPONS_VIEW, QUOTAS_VIEW

from .bulk import ReclaimCoupons
from .listing import BY_KIND, KINDS, Number, NumberFilter, url_of
from .models import Coupon, CouponRecord
from .models.coupons import coupon_number
from .services import reclaiming

STATES = dict(Coupon.State.choices)
TONES = {"usable": "green", "used": "blue", "expired": "muted", "reclaimed": "muted"}
SHOWN_FOR = timedelta(days=730)  # after it ended (§15.3); older ones by a link
SOON = (7, 30)


class CouponList(CustomersRows):
    """已发放: the partner's coupons, of the last two years unless asked for all."""

    key = "coupons"
    title = _l("已发放的券")
    help = _l("发给客户的代金券、现金券和提货券；未使用、未被订单锁定的可以回收。")
    empty = _l("还没有发放券。在“券额度”中选择一个额度发放。")
    template = "coupons/coupons.html"
    order = ("-pk",)
    actions = (ReclaimCoupons(),)
    first_tab = "all"
    tabs = (
        Tab("all", _l("全部")),
        *(Tab(state, label, Q(state=state)) for state, label in Coupon.State.choices),
    )
    filters = (
        BY_NAME,
        filters.Text("customer_number", _l("客户ID"), "customer__number"),
        NumberFilter("number", _l("券ID"), "pk"),
        NumberFilter("quota", _l("额度编号"), "quota_id"),
        BY_KIND,
        filters.Dates("ends", _l("失效时间"), "ends_at", ahead=True),
        filters.Dates("issued", _l("发放时间"), "issued_at"),
        filters.Choice(
            "period",
            _l("期间"),
            choices={"all": _l("含两年前失效的")},
            apply=lambda rows, _all: rows,
        ),
    )

    @property
    def shows_old(self) -> bool:
        return self.data.get("period") == "all"

    def rows(self) -> QuerySet[Any]:
        mine = Coupon.objects.visible_to(self.member)
        return mine if self.shows_old else mine.filter(ends_at__gte=clock.now() - SHOWN_FOR)

    def visible_columns(self) -> Sequence[Column]:
        return (
            Number(
                "number",
                _l("券ID"),
                ("pk",),
                page_name="coupon_detail",
                spell=coupon_number,
                card=True,
            ),
            CUSTOMER,
            columns.Choice("kind", _l("券类型"), choices=KINDS, card=True),
            columns.Money("face", _l("面值（元）")),
            columns.Money("balance", _l("余额（元）"), ("account__balance",), card=True),
            columns.State("state", _l("状态"), choices=STATES, tones=TONES, card=True),
            columns.Money("min_order", _l("最小可用订单额（元）")),
            columns.Instant("starts_at", _l("生效时间")),
            columns.Instant("ends_at", _l("失效时间")),
            Number(
                "quota",
                _l("额度编号"),
                ("quota_id",),
                is_link=bool(self.member.may(QUOTAS_VIEW)),
            ),
            columns.Instant("issued_at", _l("发放时间")),
            columns.Actions("actions", _l("操作"), ("pk", "state"), buttons=self._buttons),
        )

    def _buttons(self, page: Page) -> Cell:
        decision = reclaiming.decide_reclaim(self.member)
        refused = "" if decision else columns.refused(decision, _("回收"))

        def buttons(values: tuple[int, str]) -> str:
            pk, state = values
            if state != Coupon.State.USABLE:
                return ""
            return refused or f'<a href="{url_of("reclaim", pk)}">{_("回收")}</a>'

        return buttons

    # ---- what ends soon ----

    def respond(self) -> HttpResponse:
        """The page shows the tiles and then asks how many each leads to."""
        if self.data.get("tiles") and wants_part(self.request):
            context = {"list": self, "counted": self.counted_tiles()}
            return render(self.request, f"{self.template}#tiles", context)
        return super().respond()

    @cached_property
    def tiles(self) -> list[dict[str, Any]]:
        today, asked = clock.today(), {k: self.data[k] for k in self.data if k.startswith("ends_")}
        labels = {7: _("7 天内到期"), 30: _("30 天内到期")}
        made = []
        for days in reversed(SOON):
            last = today + timedelta(days=days)
            window = {"ends_from": today.isoformat(), "ends_to": last.isoformat()}
            until = clock.start_of(last + timedelta(days=1))
            made.append(
                {
                    "label": labels[days],
                    "narrow": Q(ends_at__gte=clock.start_of(today), ends_at__lt=until),
                    "url": f"?{urlencode({'tab': 'usable', **window})}",
                    "on": asked == window,
                }
            )
        return made

    def counted_tiles(self) -> list[dict[str, Any]]:
        usable = self.rows().filter(state=Coupon.State.USABLE).order_by(*self.order)
        counts = counts_by_condition(usable, [tile["narrow"] for tile in self.tiles])
        return [
            tile | {"count": count_label(count)}
            for tile, count in zip(self.tiles, counts, strict=True)
        ]


class RecordList(CustomersRows):
    """操作记录 of issuing and reclaiming."""

    key = "coupon_records"
    title = _l("券操作记录")
    help = _l("发放、回收和自动回收的每一笔，包括未能发放的及其原因。")
    empty = _l("还没有操作记录。发放或回收券后会出现在这里。")
    order = ("-pk",)
    first_tab = "coupons"
    tabs = (
        Tab("coupons", _l("券"), ~Q(type__in=CouponRecord.OF_QUOTAS)),
        Tab("quotas", _l("额度"), Q(type__in=CouponRecord.OF_QUOTAS)),
    )
    filters = (
        filters.Choices("type", _l("操作类型"), choices=dict(CouponRecord.Type.choices)),
        filters.Choice(
            "result",
            _l("操作结果"),
            choices={"done": _l("成功"), "failed": _l("失败")},
            apply=lambda rows, result: rows.filter(is_done=result == "done"),
        ),
        BY_NAME,
        filters.Dates("at", _l("操作时间")),
        NumberFilter("quota", _l("额度编号"), "quota_id"),
        filters.Choice("kind", _l("券类型"), "quota__kind", choices=KINDS),
        NumberFilter("coupon", _l("券ID"), "coupon_id"),
        filters.Text("member", _l("操作员"), "member__user__name__contains"),
    )

    def rows(self) -> QuerySet[Any]:
        return CouponRecord.objects.visible_to(self.member)

    def visible_columns(self) -> Sequence[Column]:
        about: Column = CUSTOMER
        if self.data.get("tab") == "quotas":
            about = columns.Column("reseller", _l("云经销商"), ("reseller__name",), card=True)
        return (
            columns.Instant("at", _l("操作时间"), card=True),
            columns.Choice(
                "type", _l("操作类型"), choices=dict(CouponRecord.Type.choices), card=True
            ),
            about,
            Number("quota", _l("额度编号"), ("quota_id",)),
            columns.Choice("kind", _l("券类型"), ("quota__kind",), choices=KINDS),
            Number(
                "coupon",
                _l("券ID"),
                ("coupon_id",),
                page_name="coupon_detail",
                spell=coupon_number,
                is_link=bool(self.member.may(COUPONS_VIEW)),
            ),
            columns.Money("amount", _l("金额（元）"), card=True),
            columns.State(
                "is_done",
                _l("操作结果"),
                choices={True: _l("成功"), False: _l("失败")},
                tones={True: "green", False: "red"},
            ),
            columns.Column("reason", _l("失败原因")),
            columns.Column("member", _l("操作员"), ("member__user__name",)),
            columns.Column("remark", _l("备注")),
        )
