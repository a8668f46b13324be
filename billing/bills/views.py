"""Pages of 伙伴账单."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST

from billing.invoices.models import Obligation
from core import clock
from core.paper import pdf_response
from org.gate import requires
from org.permissions import BILLS_VIEW, INVOICES_VIEW

from .lists import BillLineList, BillList
from .models import BilledCharge, PartnerBill
from .paper import bill_paper, grouped
from .services import note_download


@requires(BILLS_VIEW)
def bill_list(request: Any) -> HttpResponse:
    return BillList(request).respond()


@requires(BILLS_VIEW, reach_resellers=True)
def line_list(request: Any) -> HttpResponse:
    return BillLineList(request).respond()


@requires(BILLS_VIEW, reach_resellers=True)
def bill_detail(request: Any, pk: int) -> HttpResponse:
    """One bill, by product and by the partner whose customers they are."""
    bill = get_object_or_404(PartnerBill.objects.visible_to(request.member), pk=pk)
    lines = BilledCharge.objects.visible_to(request.member).filter(bill_month=bill.month)
    owed = Obligation.objects.visible_to(request.member).filter(month=bill.month)
    context = {
        "bill": bill,
        "products": grouped(lines, "service__name"),
        "charged": grouped(lines, "charge_month"),
        "obligation": owed.filter(direction="to_partner", partner_id=bill.partner_id).first(),
        "may_invoices": bool(request.member.may(INVOICES_VIEW)),
    }
    return render(request, "billing/bills/detail.html", context)


@require_POST
@requires(BILLS_VIEW, reach_resellers=True)
def download_bill(request: Any, pk: int) -> HttpResponse:
    """导出账单: the bill as a paper; that it was fetched is recorded."""
    rows = PartnerBill.objects.visible_to(request.member).select_related("partner")
    bill = get_object_or_404(rows, pk=pk)
    lines = BilledCharge.objects.visible_to(request.member).filter(bill_month=bill.month)
    content = bill_paper(bill, lines).as_pdf()
    note_download(bill, by=request.member, at=clock.now())
    return pdf_response(content, f"伙伴账单-{bill.month:%Y-%m}.pdf")
