"""What the vendor keeps beside the files: rates, complete days; and resources, to look at."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminDateWidget
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from billing.models import ConsumptionDay, ExchangeRate, Resource
from billing.services.days import mark_days_complete
from billing.services.rates import set_exchange_rate
from core import patience
from core.admin import VendorAdmin

from .shared import ONE_SAVE, OPERATOR, who


@admin.register(ExchangeRate)
class ExchangeRateAdmin(VendorAdmin):
    """汇率: saving one converts the figures of its days again."""

    addable_by = writable_by = OPERATOR
    ordering = ("-valid_from", "-pk")
    list_display = ("currency", "valid_from", "rate")
    list_filter = ("currency",)
    fields = ("currency", "valid_from", "rate")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("currency", "valid_from") if obj else ()

    def create(self, request: HttpRequest, data: dict[str, Any]) -> ExchangeRate:
        return self._set(request, data["currency"], data["valid_from"], data["rate"])

    def change(
        self, request: HttpRequest, subject: ExchangeRate, data: dict[str, Any]
    ) -> ExchangeRate:
        return self._set(request, subject.currency, subject.valid_from, data["rate"])

    def _set(self, request: HttpRequest, currency: str, valid_from: Any, rate: Any) -> ExchangeRate:
        patience.take_time()
        row, changed = set_exchange_rate(currency, rate, valid_from=valid_from, **who(request))
        self.message_user(request, _("重新折算 %(n)d 条日消费。") % {"n": changed})
        return row


class DaysForm(forms.ModelForm):
    first = forms.DateField(label=_("自"), widget=AdminDateWidget)
    last = forms.DateField(label=_("至"), widget=AdminDateWidget)


@admin.register(ConsumptionDay)
class ConsumptionDayAdmin(VendorAdmin):
    """消费数据日: add = mark days complete."""

    addable_by = OPERATOR
    form = DaysForm
    list_display = ("day", "completed_at", "completed_by")
    list_select_related = ("completed_by",)
    list_per_page = 1_000  # a row a day

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        return super().add_view(request, form_url, {"title": _("标记数据完整"), **ONE_SAVE})

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("day", "completed_at", "completed_by") if obj else ("first", "last")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.get_fields(request, obj) if obj else ()

    def create(self, request: HttpRequest, data: dict[str, Any]) -> ConsumptionDay:
        mark_days_complete(data["first"], data["last"], **who(request))
        return ConsumptionDay.objects.get(day=data["last"])


@admin.register(Resource)
class ResourceAdmin(VendorAdmin):
    """客户资源, as the vendor's feed reports them."""

    list_display = ("number", "name", "customer", "service", "state", "expires_on")
    list_filter = ("state",)
    list_select_related = ("customer", "service")
    search_fields = ("customer__cloud_account__number",)
    search_help_text = _("客户ID")
    fields = readonly_fields = (
        *("number", "name", "customer", "partner", "service", "state", "is_main", "auto_renew"),
        *("list_price", "created_on", "expires_on", "released_on"),
    )
