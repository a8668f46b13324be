"""Pages of 伙伴账单."""

from typing import Any

from django.db.models import Sum
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from billing.invoices.models import Obligation
from org.gate import requires
from org.permissions import BILLS_VIEW, INVOICES_VIEW

from .lists import BillLineList, BillList
from .models import BilledCharge, PartnerBill


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
        "products": _grouped(lines, "service__name"),
        "charged": _grouped(lines, "charge_month"),
        "obligation": owed.filter(direction="to_partner", partner_id=bill.partner_id).first(),
        "may_invoices": bool(request.member.may(INVOICES_VIEW)),
    }
    return render(request, "billing/bills/detail.html", context)


def _grouped(lines: Any, by: str) -> list[dict[str, Any]]:
    sums = lines.order_by().values(by).annotate(amount=Sum("amount")).order_by("-amount", by)
    return [{"label": row[by], "amount": row["amount"]} for row in sums]
