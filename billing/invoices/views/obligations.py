"""开票关系: who owes whom an invoice, and how it is settled."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core import clock
from core.htmx import wants_part
from core.paper import pdf_response
from core.refusals import NotAllowed, Refused
from org.gate import requires
from org.models import Member
from org.permissions import CUSTOMERS_REVEAL, INVOICES_MANAGE, INVOICES_VIEW

from ..columns import STANDING_TONES, STANDINGS, standing
from ..forms import OwnInvoiceForm, RequestForm
from ..lists import ObligationList, ResellerObligationList
from ..models import InvoiceTitle, Obligation
from ..paper import decide_statement, statement_paper
from ..services.own import note_statement
from ..services.own import record_invoice as _record
from ..services.requests import request_invoice as _request
from ..services.shared import decide_see_resellers, decide_settle


def load_obligation(member: Member, pk: int) -> Obligation:
    rows = Obligation.objects.visible_to(member).prefetch_related("invoices")
    return get_object_or_404(rows, pk=pk)


@requires(INVOICES_VIEW)
def obligation_list(request: Any) -> HttpResponse:
    return ObligationList(request).respond()


@requires(INVOICES_VIEW, reach_resellers=True)
def reseller_obligation_list(request: Any) -> HttpResponse:
    if not (decision := decide_see_resellers(request.member)):
        raise NotAllowed(decision)
    return ResellerObligationList(request).respond()


@requires(INVOICES_VIEW, reach_resellers=True)
def obligation_detail(request: Any, pk: int) -> HttpResponse:
    """One obligation with its invoices; `?drawer=1` from a list asks for it in the drawer."""
    return _detail(request, load_obligation(request.member, pk))


@require_POST
@requires(INVOICES_MANAGE, reach_resellers=True)
def record_invoice(request: Any, pk: int) -> HttpResponse:
    """登记发票 that the partner issued."""
    obligation = load_obligation(request.member, pk)
    form = OwnInvoiceForm(request.POST)
    if not form.is_valid():
        return _detail(request, obligation, status=422, own_form=form)
    _record(obligation, **form.cleaned_data, by=request.member, at=clock.now())
    messages.success(request, _("发票已登记。"))
    return redirect("invoices:obligation_detail", pk)


@require_POST
@requires(INVOICES_MANAGE, reach_resellers=True)
def request_invoice(request: Any, pk: int) -> HttpResponse:
    """索取发票 of a bill; the button 保存草稿 keeps it to be submitted later."""
    obligation = load_obligation(request.member, pk)
    form, draft = RequestForm(request.POST), "draft" in request.POST
    if not form.is_valid():
        return _detail(request, obligation, status=422, request_form=form)
    invoice = _request(obligation, form.wanted(), draft=draft, by=request.member, at=clock.now())
    messages.success(request, _("草稿已保存。") if draft else _("发票申请已提交。"))
    return redirect("invoices:invoice_detail", invoice.pk)


@require_POST
@requires(INVOICES_VIEW, reach_resellers=True)
def download_statement(request: Any, pk: int) -> HttpResponse:
    """客户账单 as a paper; that it was fetched is recorded, and whether it shows the name."""
    obligation = load_obligation(request.member, pk)
    if not (decision := decide_statement(obligation)):
        raise Refused(str(decision))
    content = statement_paper(obligation, request.member).as_pdf()
    note_statement(obligation, by=request.member, at=clock.now())
    name = f"客户账单-{obligation.month:%Y-%m}-{obligation.receiver_number}.pdf"
    return pdf_response(content, name)


def _detail(request: Any, obligation: Obligation, status: int = 200, **forms: Any) -> HttpResponse:
    member, now = request.member, clock.now()
    living = obligation.living_invoice
    code = standing(obligation.direction, obligation.amount, living.state if living else None)
    context = {
        "obligation": obligation,
        "invoices": sorted(obligation.invoices.all(), key=lambda each: -each.pk),
        "decision": decide_settle(obligation, member, at=now),
        "standing": STANDINGS.get(code, ""),
        "tone": STANDING_TONES.get(code, "muted"),
        "own_form": OwnInvoiceForm(initial={"issued_on": clock.today()}),
        "request_form": RequestForm(initial={"mailbox": member.user.email or ""}),
        "title": InvoiceTitle.objects.visible_to(member).valid().first(),
        "has_statement": bool(decide_statement(obligation)),
        "may_reveal": bool(member.may(CUSTOMERS_REVEAL)),
        "is_ours": obligation.partner_id == member.partner_id,
        **forms,
    }
    part = wants_part(request) and (request.GET.get("drawer") or request.method == "POST")
    template = "billing/invoices/obligation.html" + ("#detail" if part else "")
    return render(request, template, context, status=status)
