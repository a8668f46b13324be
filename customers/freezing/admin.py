"""The vendor's desk: who is frozen, what was done, and what resellers may do. Read-only."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from core.admin import VendorAdmin

from .models import Freeze, FreezeRecord, LimitGrant


class _OfCustomer(VendorAdmin):
    search_fields = ("number",)
    search_help_text = _("完整客户ID")

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        return rows.filter(customer__cloud_account__number=term)


@admin.register(Freeze)
class FreezeAdmin(_OfCustomer):
    list_display = ("customer", "partner", "state", "cause", "since", "needs_budget")
    list_filter = ("state", "cause")
    list_select_related = ("customer", "partner")
    fields = readonly_fields = list_display


@admin.register(FreezeRecord)
class FreezeRecordAdmin(_OfCustomer):
    list_display = ("customer", "partner", "action", "cause", "at", "by")
    list_filter = ("action", "cause")
    list_select_related = ("customer", "partner", "by")
    fields = readonly_fields = (
        *("customer", "partner", "action", "cause", "reason", "at", "by", "by_partner"),
    )


@admin.register(LimitGrant)
class LimitGrantAdmin(VendorAdmin):
    list_display = ("partner", "distributor", "may_freeze", "given_at", "ended_at")
    list_select_related = ("partner", "distributor")
    fields = readonly_fields = (
        *("partner", "distributor", "may_freeze", "kinds", "monthly_most", "one_time_most"),
        *("given_at", "given_by", "ended_at"),
    )
