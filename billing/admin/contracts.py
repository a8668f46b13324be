"""The desk for 线上合同: what partners made, to look at and to take away."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _l

from billing.contracts.models import PaymentAgreement
from billing.contracts.services import fetch_document
from core.admin import VendorAdmin, button
from core.paper import pdf_response
from customers.admin import PartnerFilter

from .shared import who


@admin.register(PaymentAgreement)
class PaymentAgreementAdmin(VendorAdmin):
    """线上合同: made by partners themselves, approved by nobody."""

    list_display = ("number", "partner", "amount", "pays_on", "made_at")
    list_filter = (PartnerFilter,)
    list_select_related = ("partner",)
    search_fields = ("number",)
    search_help_text = _l("完整合同编码")
    fields = readonly_fields = (
        *("number", "partner", "payer", "amount", "pays_on", "purpose"),
        *("made_at", "made_by", "version", "checksum"),
    )
    buttons = ("download",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[PaymentAgreement]:
        return super().get_queryset(request).defer("document")

    @button(_l("下载合同（PDF）"), explain=_l("与伙伴下载的文件相同；下载会记录在操作日志中。"))
    def download(
        self, request: HttpRequest, agreement: PaymentAgreement, data: dict[str, Any]
    ) -> HttpResponse:
        return pdf_response(fetch_document(agreement, **who(request)), f"{agreement.number}.pdf")
