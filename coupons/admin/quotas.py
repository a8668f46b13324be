"""券额度 on the vendor's desk: granted, frozen, adjusted; coupons and records to look at."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from billing.funds.forms import AmountField, new_token
from core import clock
from core.admin import ButtonForm, VendorAdmin, button
from core.formats import money
from org.models import Partner

from .. import rules
from ..forms import Listed, day_begins, day_ends, last_day
from ..models import Coupon, CouponRecord, Quota
from ..models.codes import OrderType
from ..services import quotas
from ..services.quotas import Grant, Limits

OPERATOR = ("operator",)
ONE_SAVE = {"show_save_and_add_another": False, "show_save_and_continue": False}
State = Quota.State


def who(request: HttpRequest) -> dict[str, Any]:
    return {"by": request.user, "at": clock.now()}


class LimitFields(forms.Form):
    """What §15.2 lets a quota say of its coupons; empty is any."""

    face_min = AmountField(label=_l("最小面值（元）"), required=False)
    face_max = AmountField(label=_l("最大面值（元）"), required=False)
    coupons_most = forms.IntegerField(
        label=_l("最多张数"), min_value=1, max_value=10**9, required=False
    )
    total_most = AmountField(label=_l("最大总面值（元）"), required=False)
    association_types = forms.MultipleChoiceField(
        label=_l("适用关联类型"),
        choices=[("referral", _l("顾问销售")), ("resale", _l("代售"))],
        required=False,
    )
    order_types = forms.MultipleChoiceField(
        label=_l("订购类型"), choices=OrderType.choices, required=False
    )
    services = Listed(label=_l("云服务类型"), most=rules.MOST_SERVICES, longest=128)
    only_customers = Listed(label=_l("指定客户（客户ID）"), most=500, longest=64)
    only_first_time = forms.BooleanField(label=_l("仅首次关联的客户"), required=False)
    ratio_most = forms.IntegerField(
        label=_l("最高使用比例（%）"), min_value=1, max_value=100, required=False
    )
    user_is_invoiced = forms.BooleanField(label=_l("由用券人开票"), required=False)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        low, high = said.get("face_min"), said.get("face_max")
        if low and high and low > high:
            self.add_error("face_max", _("最大面值低于最小面值。"))
        return said


def limits_of(said: dict[str, Any]) -> Limits:
    return Limits(**{name: said[name] for name in Limits().as_fields()})


class GrantForm(LimitFields, forms.ModelForm):
    """授予额度."""

    partner = forms.ModelChoiceField(label=_l("伙伴"), queryset=Partner.objects.order_by("name"))
    kind = forms.ChoiceField(label=_l("券类型"), choices=Quota.Kind.choices)
    value = AmountField(label=_l("额度金额（元）"))
    starts_on = forms.DateField(label=_l("生效日期"))
    ends_on = forms.DateField(label=_l("失效日期"), help_text=_l("当天仍有效"))
    remark = forms.CharField(label=_l("备注"), max_length=255, required=False)
    token = forms.UUIDField(widget=forms.HiddenInput, initial=new_token)

    class Meta:
        model = Quota
        fields: tuple[str, ...] = ()

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        first, last = said.get("starts_on"), said.get("ends_on")
        if first and last and first > last:
            self.add_error("ends_on", _("失效日期早于生效日期。"))
        return said


class StateForm(ButtonForm):
    reason = forms.CharField(label=_l("原因"), max_length=200, help_text=_l("伙伴可见。"))


class LimitsForm(ButtonForm, LimitFields):
    ends_on = forms.DateField(label=_l("失效日期"), help_text=_l("当天仍有效"))

    def __init__(self, *args: Any, subject: Any, **kwargs: Any) -> None:
        now = {**Limits.of(subject).as_fields(), "ends_on": last_day(subject.ends_at)}
        kwargs["initial"] = {**now, **(kwargs.get("initial") or {})}
        super().__init__(*args, subject=subject, **kwargs)


def _in(*states: str) -> Any:
    return lambda quota: quota.state in states


@admin.register(Quota)
class QuotaAdmin(VendorAdmin):
    addable_by = OPERATOR
    step_up = True
    form = GrantForm
    list_display = (
        *("number", "partner", "kind", "shown_value", "shown_left", "starts_at", "ends_at"),
        "state",
    )
    list_filter = ("kind", "state")
    list_select_related = ("partner", "account")
    search_fields = ("partner__name__contains",)
    search_help_text = _l("伙伴名称的一部分")
    buttons = ("change_limits", "freeze", "put_aside", "disable", "resume")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if obj is None:
            return tuple(GrantForm.base_fields)
        return (
            *("number", "partner", "parent", "kind", "state", "shown_value", "shown_left"),
            *("starts_at", "ends_at", "created_at", "remark", "coupons_issued", "total_issued"),
            *Limits().as_fields(),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.get_fields(request, obj) if obj else ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Quota]:
        return super().get_queryset(request).select_related("account", "parent")

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> Any:
        return super().add_view(request, form_url, {"title": _("授予券额度"), **ONE_SAVE})

    @admin.display(description=_l("额度编号"), ordering="pk")
    def number(self, quota: Quota) -> str:
        return quota.number

    @admin.display(description=_l("额度金额"))
    def shown_value(self, quota: Quota) -> str:
        return money(quota.value)

    @admin.display(description=_l("余额"))
    def shown_left(self, quota: Quota) -> str:
        return money(quota.account.balance)

    def create(self, request: HttpRequest, data: dict[str, Any]) -> Quota:
        grant = Grant(
            *(data["kind"], data["value"]),
            day_begins(data["starts_on"]),
            day_ends(data["ends_on"]),
            limits=limits_of(data),
            remark=data["remark"],
        )
        return quotas.grant_quota(data["partner"], grant, token=data["token"], **who(request))

    @button(
        _l("调整限制"),
        explain=_l("只影响以后发放的券；已发放的券不变。伙伴会收到通知。"),
        form=LimitsForm,
        shown=lambda quota: quota.state != State.RECLAIMED,
        step_up=True,
    )
    def change_limits(self, request: HttpRequest, quota: Quota, data: dict[str, Any]) -> str:
        ends_at = day_ends(data["ends_on"])
        quotas.change_limits(quota, limits_of(data), ends_at, **who(request))
        return _("额度的限制已调整。")

    @button(
        _l("冻结"),
        explain=_l("冻结后不能发放；已发放的券不受影响。"),
        form=StateForm,
        shown=_in(State.NORMAL, State.ADJUSTING),
        step_up=True,
    )
    def freeze(self, request: HttpRequest, quota: Quota, data: dict[str, Any]) -> str:
        quotas.set_quota_state(quota, State.FROZEN, data["reason"], **who(request))
        return _("额度已冻结。")

    @button(
        _l("暂停待调整"),
        explain=_l("额度显示为“额度调整中”，可以查看，不能发放。"),
        form=StateForm,
        shown=_in(State.NORMAL),
        step_up=True,
    )
    def put_aside(self, request: HttpRequest, quota: Quota, data: dict[str, Any]) -> str:
        quotas.set_quota_state(quota, State.ADJUSTING, data["reason"], **who(request))
        return _("额度已暂停。")

    @button(
        _l("使失效"),
        explain=_l("失效后不能发放；已发放的券不受影响。可以恢复。"),
        form=StateForm,
        shown=_in(State.NORMAL, State.ADJUSTING, State.FROZEN),
        step_up=True,
    )
    def disable(self, request: HttpRequest, quota: Quota, data: dict[str, Any]) -> str:
        quotas.set_quota_state(quota, State.INVALID, data["reason"], **who(request))
        return _("额度已失效。")

    @button(
        _l("恢复"),
        explain=_l("恢复为“正常”，可以继续发放。"),
        form=StateForm,
        shown=_in(State.ADJUSTING, State.FROZEN, State.INVALID),
        step_up=True,
    )
    def resume(self, request: HttpRequest, quota: Quota, data: dict[str, Any]) -> str:
        quotas.set_quota_state(quota, State.NORMAL, data["reason"], **who(request))
        return _("额度已恢复。")


@admin.register(Coupon)
class CouponAdmin(VendorAdmin):
    """券, to look at."""

    list_display = ("number", "partner", "kind", "face", "state", "ends_at", "issued_at")
    list_filter = ("kind", "state")
    list_select_related = ("partner",)
    fields = readonly_fields = (
        *("number", "partner", "quota", "customer", "kind", "face", "state", "state_at"),
        *("starts_at", "ends_at", "min_order", "ratio", "services", "order_types", "issued_at"),
    )

    @admin.display(description=_l("券ID"), ordering="pk")
    def number(self, coupon: Coupon) -> str:
        return coupon.number

    def get_queryset(self, request: HttpRequest) -> QuerySet[Coupon]:
        return super().get_queryset(request).select_related("quota", "customer")


@admin.register(CouponRecord)
class CouponRecordAdmin(VendorAdmin):
    """操作记录, to look at."""

    list_display = ("at", "partner", "type", "quota", "coupon", "amount", "is_done")
    list_filter = ("type", "is_done")
    list_select_related = ("partner", "quota", "coupon")
    fields = readonly_fields = (
        *("partner", "type", "quota", "coupon", "customer", "given", "reseller"),
        *("amount", "is_done", "is_lost", "reason", "remark", "at", "member"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[CouponRecord]:
        found = super().get_queryset(request)
        return found.select_related("customer", "given", "reseller", "member__user")
