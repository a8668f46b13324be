"""促销活动 on the vendor's desk: what operators publish and correct."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminDateWidget
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from core import clock
from core.admin import VendorAdmin

from .. import rules
from ..forms import Listed, day_begins, day_ends, last_day
from ..models import Promotion
from ..models.codes import OrderType
from ..services import promotions
from ..services.promotions import Offer
from .quotas import ONE_SAVE, OPERATOR, who


class PromotionForm(forms.ModelForm):
    name = forms.CharField(label=_l("活动名称"), max_length=64)
    starts_on = forms.DateField(label=_l("开始日期"), widget=AdminDateWidget)
    ends_on = forms.DateField(
        label=_l("结束日期"), widget=AdminDateWidget, help_text=_l("当天仍有效")
    )
    services = Listed(label=_l("云服务类型"), most=rules.MOST_SERVICES, longest=128)
    order_types = forms.MultipleChoiceField(
        label=_l("订购类型"),
        choices=OrderType.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_l("不选则不限。"),
    )

    class Meta:
        model = Promotion
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        row = kwargs.get("instance")
        if row and row.pk:
            now = {
                "name": row.name,
                "starts_on": clock.day_of(row.starts_at),
                "ends_on": last_day(row.ends_at),
                "services": row.services,
                "order_types": row.order_types,
            }
            kwargs["initial"] = {**now, **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        first, last = said.get("starts_on"), said.get("ends_on")
        if first and last and first > last:
            self.add_error("ends_on", _("结束日期早于开始日期。"))
        return said


def _offer(said: dict[str, Any]) -> Offer:
    return Offer(
        name=said["name"].strip(),
        starts_at=day_begins(said["starts_on"]),
        ends_at=day_ends(said["ends_on"]),
        services=said["services"],
        order_types=said["order_types"],
    )


@admin.register(Promotion)
class PromotionAdmin(VendorAdmin):
    """促销活动: partners see those that run, and make activity vouchers for them."""

    addable_by = writable_by = OPERATOR
    form = PromotionForm
    list_display = ("name", "state", "starts_at", "ends_at", "created_at")
    search_fields = ("name__contains",)  # promotions are hundreds
    search_help_text = _l("名称的一部分")
    readonly_fields = ("state", "created_at")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        asked = tuple(PromotionForm.base_fields)
        if obj is None:
            return asked
        if self.has_change_permission(request, obj):
            return (*asked, *self.readonly_fields)
        return ("name", "starts_at", "ends_at", "services", "order_types", *self.readonly_fields)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> Any:
        return super().add_view(request, form_url, {"title": _("发布促销活动"), **ONE_SAVE})

    @admin.display(description=_l("状态"))
    def state(self, promotion: Promotion) -> str:
        return str(Promotion.State(promotion.state_at(clock.now())).label)

    def create(self, request: HttpRequest, data: dict[str, Any]) -> Promotion:
        return promotions.publish_promotion(_offer(data), **who(request))

    def change(self, request: HttpRequest, subject: Any, data: dict[str, Any]) -> Promotion:
        return promotions.change_promotion(subject, _offer(data), **who(request))
