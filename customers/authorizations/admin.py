"""The vendor's desk: authorisations, signed letters, and what was done by them. Read-only."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from core.admin import VendorAdmin

from ..proxies.models import ProxyAction, ProxySession
from .models import Authorization, ProxyRight, SignedLetter


class _OfCustomer(VendorAdmin):
    search_fields = ("number",)
    search_help_text = _("完整客户ID")

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        return rows.filter(customer__cloud_account__number=term)


@admin.register(Authorization)
class AuthorizationAdmin(_OfCustomer):
    list_display = ("customer", "partner", "state", "expires_on", "asked_at", "granted_at")
    list_filter = ("state",)
    list_select_related = ("customer", "partner")
    fields = readonly_fields = (
        *("customer", "partner", "state", "scopes", "days", "note", "commitment_version"),
        *("asked_at", "answer_by", "letter_version", "granted_at", "expires_on"),
        *("ended_at", "reason"),
    )


@admin.register(SignedLetter)
class SignedLetterAdmin(VendorAdmin):
    list_display = ("partner", "kind", "version", "signed_by", "signed_at")
    list_filter = ("kind",)
    list_select_related = ("partner", "signed_by__user")
    fields = readonly_fields = ("partner", "kind", "version", "text", "signed_by", "signed_at")


@admin.register(ProxyRight)
class ProxyRightAdmin(VendorAdmin):
    list_display = ("partner", "distributor", "given_at", "withdrawn_at")
    list_select_related = ("partner", "distributor")
    fields = readonly_fields = (
        *("partner", "distributor", "letter_version", "given_at", "withdrawn_at", "reason"),
    )


@admin.register(ProxySession)
class ProxySessionAdmin(_OfCustomer):
    list_display = ("customer", "partner", "operator", "purpose", "started_at", "ended_at")
    list_filter = ("purpose",)
    list_select_related = ("customer", "partner", "operator__user")
    fields = readonly_fields = (
        *("customer", "partner", "operator", "purpose", "reason"),
        *("started_at", "seen_at", "ended_at", "ended_how"),
    )


@admin.register(ProxyAction)
class ProxyActionAdmin(_OfCustomer):
    list_display = ("customer", "partner", "operator", "kind", "subject", "result", "at")
    list_filter = ("kind", "result")
    list_select_related = ("customer", "partner", "operator__user")
    fields = readonly_fields = (
        *("customer", "partner", "operator", "purpose", "kind", "subject", "result", "note"),
        *("at", "address"),
    )
