"""发票管理: what was asked of the vendor, what the partner issued, and the title."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core import clock
from core.htmx import wants_part
from org.gate import requires
from org.models import Member
from org.permissions import INVOICES_MANAGE, INVOICES_VIEW

from .. import rules
from ..columns import STATE_TONES
from ..forms import ReasonForm, RequestForm, TitleForm
from ..lists import InvoiceList, OwnInvoiceList
from ..models import Invoice, InvoiceTitle
from ..services import own, requests
from ..services.shared import decide_manage
from ..services.titles import FIELDS, set_title


def load_invoice(member: Member, pk: int) -> Invoice:
    rows = Invoice.objects.visible_to(member).select_related("obligation", "title")
    return get_object_or_404(rows, pk=pk)


@requires(INVOICES_VIEW)
def invoice_list(request: Any) -> HttpResponse:
    return InvoiceList(request).respond()


@requires(INVOICES_VIEW, reach_resellers=True)
def own_invoice_list(request: Any) -> HttpResponse:
    return OwnInvoiceList(request).respond()


@requires(INVOICES_VIEW, reach_resellers=True)
def invoice_detail(request: Any, pk: int) -> HttpResponse:
    return _detail(request, load_invoice(request.member, pk))


@require_POST
@requires(INVOICES_MANAGE)
def submit_invoice(request: Any, pk: int) -> HttpResponse:
    """提交 of a draft, or again of what was withdrawn."""
    invoice, form = load_invoice(request.member, pk), RequestForm(request.POST)
    if not form.is_valid():
        return _detail(request, invoice, status=422, request_form=form)
    requests.submit_invoice(invoice, form.wanted(), by=request.member, at=clock.now())
    return _done(request, pk, _("发票申请已提交。"))


@require_POST
@requires(INVOICES_MANAGE)
def withdraw_invoice(request: Any, pk: int) -> HttpResponse:
    invoice = load_invoice(request.member, pk)
    after = requests.withdraw_invoice(invoice, by=request.member, at=clock.now())
    asked = after.state == Invoice.State.WITHDRAWING
    return _done(request, pk, _("已申请撤销，等待厂商处理。") if asked else _("发票申请已撤销。"))


@require_POST
@requires(INVOICES_MANAGE)
def sign_invoice(request: Any, pk: int) -> HttpResponse:
    invoice = load_invoice(request.member, pk)
    requests.sign_invoice(invoice, by=request.member, at=clock.now())
    return _done(request, pk, _("发票已签收。"))


@require_POST
@requires(INVOICES_MANAGE, reach_resellers=True)
def return_invoice(request: Any, pk: int) -> HttpResponse:
    """退票 of the whole: asked of the vendor, or recorded of the partner's own."""
    invoice, form = load_invoice(request.member, pk), ReasonForm(request.POST)
    if not form.is_valid():
        return _detail(request, invoice, status=422, return_form=form)
    is_own = invoice.issuer_id is not None
    act: Callable[..., Any] = own.take_back_invoice if is_own else requests.return_invoice
    act(invoice, form.cleaned_data["reason"], by=request.member, at=clock.now())
    return _done(request, pk, _("退票已登记。") if is_own else _("退票申请已提交。"))


@requires(INVOICES_MANAGE)
def title(request: Any) -> HttpResponse:
    """发票抬头: GET shows the valid one, POST sets another."""
    known = InvoiceTitle.objects.visible_to(request.member).valid().first()
    initial = {name: getattr(known, name) for name in FIELDS} if known else {}
    form = TitleForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        set_title(**form.cleaned_data, by=request.member, at=clock.now())
        messages.success(request, _("发票抬头已保存。"))
        return redirect("invoices:title")
    status = 422 if request.method == "POST" else 200
    former = InvoiceTitle.objects.visible_to(request.member).exclude(retired_at=None)
    context = {"form": form, "former": former.order_by("-pk")[:10]}
    return render(request, "billing/invoices/title.html", context, status=status)


def _done(request: Any, pk: int, said: str) -> HttpResponse:
    messages.success(request, said)
    return redirect("invoices:invoice_detail", pk)


def _detail(request: Any, invoice: Invoice, status: int = 200, **forms: Any) -> HttpResponse:
    is_vendors = invoice.issuer_id is None
    steps = [s for s in rules.STEPS if rules.may(s, invoice.state)]
    wanted = {name: getattr(invoice, name) for name in ("medium", "kind", "mailbox", "address")}
    context = {
        "invoice": invoice,
        "tone": STATE_TONES[invoice.state],
        "steps": steps if is_vendors else [s for s in steps if s == "return"],
        "decision": decide_manage(request.member),
        "is_ours": invoice.issuer_id in (None, request.member.partner_id),
        "is_vendors": is_vendors,
        "request_form": RequestForm(initial=wanted),
        "return_form": ReasonForm(),
        **forms,
    }
    part = wants_part(request) and (request.GET.get("drawer") or request.method == "POST")
    template = "billing/invoices/invoice.html" + ("#detail" if part else "")
    return render(request, template, context, status=status)
