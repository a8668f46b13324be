"""活动代金券: configurations, the promotions they are for, and their 发放记录 (§15.6b)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from billing.listing import BY_NAME, CUSTOMER, CustomersRows
from core import clock
from core.lists import Tab, columns, filters
from core.lists.columns import Cell, Column, Page
from workbench.lists import WorkList

from .listing import Number, NumberFilter, url_of
from .lists import STATES, TONES
from .models import CouponRecord, PlanCustomer, Promotion, Quota, VoucherPlan
from .models.codes import OrderType
from .models.coupons import coupon_number
from .models.plans import plan_number
from .services import plans

PLAN_STATES = dict(VoucherPlan.State.choices)
PLAN_TONES = {"draft": "muted", "waiting": "amber", "refused": "red", "approved": "green"}


@dataclass(frozen=True)
class _Words(columns.Column):
    """Several words, or 不限. `words` spells codes."""

    words: Mapping[str, Any] | None = None

    def plain(self, page: Page) -> Cell:
        spell = {code: str(label) for code, label in (self.words or {}).items()}
        every, comma = _("不限"), _("、")
        return lambda values: comma.join(spell.get(each, each) for each in values) or every


def _chosen(pks: list[Any]) -> Mapping[Any, Any]:
    rows = PlanCustomer.objects.filter(plan__in=pks).order_by().values_list("plan")
    return dict(rows.annotate(n=Count("pk")))


@dataclass(frozen=True)
class _Chosen(columns.Looked):
    """How many customers it names."""

    numeric: bool = True


class PlanList(WorkList):
    """活动代金券 of the partner."""

    exportable = True
    key = "voucher_plans"
    title = _l("活动代金券")
    help = _l(
        "为促销活动向客户申请代金券：厂商审核通过后，代金券立即发给所选客户，费用由厂商承担。"
    )
    empty = _l("还没有活动代金券配置。选择一个进行中的促销活动，新建后提交审核。")
    template = "coupons/plans.html"
    order = ("-pk",)
    first_tab = "all"
    tabs = (
        Tab("all", _l("全部")),
        *(Tab(state, label, Q(state=state)) for state, label in VoucherPlan.State.choices),
    )
    filters = (
        filters.Text("name", _l("配置名称"), "name__contains"),
        filters.Text("promotion", _l("促销活动"), "promotion__name__contains"),
        NumberFilter("number", _l("配置编号"), "pk"),
        filters.Dates("submitted", _l("提交时间"), "submitted_at"),
        filters.Dates("ends", _l("失效时间"), "ends_at", ahead=True),
    )

    def rows(self) -> QuerySet[Any]:
        return VoucherPlan.objects.visible_to(self.member)

    def visible_columns(self) -> Sequence[Column]:
        return (
            Number(
                "number",
                _l("配置编号"),
                ("pk",),
                page_name="plan_detail",
                spell=plan_number,
                card=True,
            ),
            columns.Column("name", _l("配置名称"), card=True),
            columns.Column("promotion", _l("促销活动"), ("promotion__name",), card=True),
            columns.State("state", _l("状态"), choices=PLAN_STATES, tones=PLAN_TONES, card=True),
            columns.Money("face", _l("面值（元）")),
            columns.Column("per_customer", _l("每客户张数"), numeric=True),
            _Chosen("customers", _l("适用客户数"), fetch=_chosen, default=0),
            columns.Instant("starts_at", _l("生效时间")),
            columns.Instant("ends_at", _l("失效时间")),
            columns.Column("made_by", _l("创建人"), ("made_by__user__name",)),
            columns.Instant("submitted_at", _l("提交时间")),
            columns.Actions("actions", _l("操作"), ("pk", "state"), buttons=self._buttons),
        )

    @property
    def make_decision(self) -> Any:
        return plans.decide_plan(self.member)

    def _buttons(self, page: Page) -> Cell:
        may = bool(self.make_decision)
        pages = {
            **dict.fromkeys(
                ("draft", "refused"), (("edit_plan", _("编辑")), ("delete_plan", _("删除")))
            ),
            "waiting": (("copy_plan", _("复制")), ("withdraw_plan", _("撤销"))),
        }
        records, log = _("发放记录"), reverse("coupons:voucher_record_list")
        copy = ("copy_plan", _("复制"))

        def buttons(values: tuple[int, str]) -> str:
            pk, state = values
            offered = pages.get(state, (copy,)) if may else ()
            made = [f'<a href="{url_of(name, pk)}">{words}</a>' for name, words in offered]
            if state in ("approved", "ended"):
                url = escape(f"{log}?{urlencode({'plan': plan_number(pk)})}")
                made.append(f'<a href="{url}">{records}</a>')
            return "".join(made)

        return buttons


class PromotionList(WorkList):
    """促销活动 that are running."""

    exportable = True
    key = "promotions"
    title = _l("促销活动")
    help = _l("厂商发布的、正在进行的促销活动；可以为每个活动新建活动代金券。")
    empty = _l("现在没有进行中的促销活动。厂商发布后会出现在这里。")
    template = "coupons/plans.html"
    order = ("-pk",)
    filters = (
        filters.Text("name", _l("活动名称"), "name__contains"),
        filters.Dates("ends", _l("结束时间"), "ends_at", ahead=True),
    )

    def rows(self) -> QuerySet[Any]:
        return Promotion.objects.visible_to(self.member).running(clock.now())

    def visible_columns(self) -> Sequence[Column]:
        return (
            columns.Column("name", _l("活动名称"), card=True),
            columns.Instant("starts_at", _l("开始时间")),
            columns.Instant("ends_at", _l("结束时间"), card=True),
            _Words("services", _l("云服务类型"), card=True),
            _Words("order_types", _l("订购类型"), words=dict(OrderType.choices)),
            columns.Actions("actions", _l("操作"), ("pk",), buttons=self._buttons),
        )

    def _buttons(self, page: Page) -> Cell:
        decision = plans.decide_plan(self.member)
        refused = "" if decision else columns.refused(decision, _("新建活动代金券"))
        url, words = reverse("coupons:create_plan"), _("新建活动代金券")
        return lambda pk: refused or f'<a href="{url}?promotion={pk}">{words}</a>'


class VoucherRecordList(CustomersRows):
    """发放记录 of activity vouchers: each that was cut, and each customer who got none."""

    key = "voucher_records"
    title = _l("活动代金券发放记录")
    help = _l("审核通过时发给每个客户的代金券；未能发放的客户及其原因也在其中。")
    empty = _l("还没有发放记录。配置通过审核后会出现在这里。")
    template = "coupons/plans.html"
    order = ("-pk",)
    first_tab = "all"
    tabs = (
        Tab("all", _l("全部")),
        Tab("done", _l("成功"), Q(is_done=True)),
        Tab("failed", _l("失败"), Q(is_done=False)),
    )
    filters = (
        NumberFilter("plan", _l("配置编号"), "quota__plan"),
        BY_NAME,
        NumberFilter("coupon", _l("券ID"), "coupon_id"),
        filters.Choice("state", _l("券状态"), "coupon__state", choices=STATES),
        filters.Dates("at", _l("发放时间")),
    )

    def rows(self) -> QuerySet[Any]:
        quotas = Quota.objects.visible_to(self.member).filter(promotion__isnull=False)
        mine = CouponRecord.objects.visible_to(self.member)
        return mine.filter(type=CouponRecord.Type.ISSUE, quota__in=quotas)

    def visible_columns(self) -> Sequence[Column]:
        return (
            CUSTOMER,
            columns.State(
                "state",
                _l("状态"),
                ("coupon__state",),
                choices={None: _l("未发放"), **STATES},
                tones={None: "red", **TONES},
                card=True,
            ),
            Number(
                "coupon",
                _l("券ID"),
                ("coupon_id",),
                page_name="coupon_detail",
                spell=coupon_number,
                card=True,
            ),
            Number(
                "plan",
                _l("配置编号"),
                ("quota__plan",),
                page_name="plan_detail",
                spell=plan_number,
            ),
            columns.Column("promotion", _l("促销活动"), ("quota__promotion__name",)),
            columns.Money("amount", _l("面值（元）")),
            columns.Money("balance", _l("余额（元）"), ("coupon__account__balance",), card=True),
            columns.Instant("at", _l("发放时间")),
            columns.Column("reason", _l("失败原因"), card=self.data.get("tab") == "failed"),
        )
