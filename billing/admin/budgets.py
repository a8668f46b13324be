"""The vendor's desk: customers' budgets, what was set, who hears of it. Read-only."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from core.admin import VendorAdmin

from ..budgets.models import Budget, BudgetRecipient, BudgetRecord


class _OfCustomer(VendorAdmin):
    search_fields = ("number",)
    search_help_text = _("完整客户ID")

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        return rows.filter(customer__cloud_account__number=term)


@admin.register(Budget)
class BudgetAdmin(_OfCustomer):
    list_display = ("customer", "partner", "kind", "amount", "used", "on_exhaustion", "set_at")
    list_filter = ("kind", "on_exhaustion")
    list_select_related = ("customer", "partner")
    fields = readonly_fields = (*list_display, "starts_on", "counted_for", "told")


@admin.register(BudgetRecord)
class BudgetRecordAdmin(_OfCustomer):
    list_display = ("customer", "partner", "operation", "kind", "amount", "at", "by")
    list_filter = ("operation", "kind")
    list_select_related = ("customer", "partner", "by")
    fields = readonly_fields = (*list_display, "on_exhaustion", "by_partner")


@admin.register(BudgetRecipient)
class BudgetRecipientAdmin(VendorAdmin):
    list_display = ("member", "partner", "added_at")
    list_select_related = ("member__user", "partner")
    fields = readonly_fields = list_display
