"""Pages of 线上合同."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core import clock
from core.paper import pdf_response
from core.refusals import NotAllowed
from org.gate import requires
from org.permissions import CONTRACTS_APPLY, CONTRACTS_VIEW

from . import services
from .forms import AgreementForm
from .lists import AgreementList
from .models import PaymentAgreement


@requires(CONTRACTS_VIEW)
def agreement_list(request: Any) -> HttpResponse:
    return AgreementList(request).respond()


@require_safe
@requires(CONTRACTS_VIEW)
def agreement(request: Any, pk: int) -> HttpResponse:
    context = {"agreement": _load(request, pk)}
    return render(request, "billing/contracts/agreement.html", context)


@requires(CONTRACTS_APPLY)
def apply(request: Any) -> HttpResponse:
    """合同申请: fill in, look at the preview, confirm. 修改 comes back with what was filled in."""
    if not (decision := services.decide_apply(request.member)):
        raise NotAllowed(decision)
    sent = request.method == "POST"
    form = AgreementForm(request.POST if sent else None)
    if not sent or "change" in request.POST or not form.is_valid():
        status = 200 if not sent or form.is_valid() else 422
        return render(request, "billing/contracts/apply.html", {"form": form}, status=status)
    terms, token = form.terms(), form.cleaned_data["token"]
    if "confirm" not in request.POST:
        context = {"form": form, "clauses": terms.clauses(request.member.partner.name)}
        return render(request, "billing/contracts/preview.html", context)
    made = services.make_agreement(terms, token=token, by=request.member, at=clock.now())
    messages.success(request, _("线上合同已生成，可以下载。"))
    return redirect("contracts:agreement", made.pk)


@require_POST
@requires(CONTRACTS_VIEW)
def download(request: Any, pk: int) -> HttpResponse:
    found = _load(request, pk)
    content = services.fetch_document(found, by=request.member, at=clock.now())
    return pdf_response(content, f"{found.number}.pdf")


def _load(request: Any, pk: int) -> PaymentAgreement:
    rows = PaymentAgreement.objects.visible_to(request.member).select_related("made_by__user")
    return get_object_or_404(rows, pk=pk)
