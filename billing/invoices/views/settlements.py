"""结算记录: written by either side, agreed to by the other."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core import clock
from core.htmx import wants_part
from core.refusals import NotAllowed
from org.gate import requires
from org.permissions import SETTLEMENTS_MANAGE, SETTLEMENTS_VIEW

from ..agreements import Settlement
from ..forms import ReasonForm, SettlementForm
from ..lists import SETTLEMENT_TONES, SettlementList
from ..services import settlements as services


@requires(SETTLEMENTS_VIEW, reach_resellers=True)
def settlement_list(request: Any) -> HttpResponse:
    return SettlementList(request).respond()


@requires(SETTLEMENTS_VIEW, reach_resellers=True)
def settlement_detail(request: Any, pk: int) -> HttpResponse:
    return _detail(request, _load(request, pk))


@requires(SETTLEMENTS_MANAGE, reach_resellers=True)
def record_settlement(request: Any) -> HttpResponse:
    """登记结算. GET shows the form, POST records."""
    if not (decision := services.decide_record(request.member)):
        raise NotAllowed(decision)
    form = SettlementForm(request.POST or None, by=request.member)
    if request.method == "POST" and form.is_valid():
        services.record_settlement(**form.cleaned_data, by=request.member, at=clock.now())
        messages.success(request, _("结算已登记，等待对方确认。"))
        return redirect("invoices:settlement_list")
    status = 422 if request.method == "POST" else 200
    return render(request, "billing/settlements/form.html", {"form": form}, status=status)


@require_POST
@requires(SETTLEMENTS_MANAGE, reach_resellers=True)
def agree_settlement(request: Any, pk: int) -> HttpResponse:
    settlement = _load(request, pk)
    services.answer_settlement(settlement, agreed=True, by=request.member, at=clock.now())
    return _done(request, pk, _("结算已确认。"))


@require_POST
@requires(SETTLEMENTS_MANAGE, reach_resellers=True)
def dispute_settlement(request: Any, pk: int) -> HttpResponse:
    settlement, form = _load(request, pk), ReasonForm(request.POST)
    if not form.is_valid():
        return _detail(request, settlement, status=422, form=form)
    reason = form.cleaned_data["reason"]
    services.answer_settlement(
        settlement, agreed=False, objection=reason, by=request.member, at=clock.now()
    )
    return _done(request, pk, _("异议已提交给对方。"))


@require_POST
@requires(SETTLEMENTS_MANAGE, reach_resellers=True)
def withdraw_settlement(request: Any, pk: int) -> HttpResponse:
    services.withdraw_settlement(_load(request, pk), by=request.member, at=clock.now())
    return _done(request, pk, _("结算记录已撤销。"))


def _load(request: Any, pk: int) -> Settlement:
    return get_object_or_404(Settlement.objects.visible_to(request.member), pk=pk)


def _done(request: Any, pk: int, said: str) -> HttpResponse:
    messages.success(request, said)
    return redirect("invoices:settlement_detail", pk)


def _detail(request: Any, settlement: Settlement, status: int = 200, **more: Any) -> HttpResponse:
    ours = settlement.recorder_id == request.member.partner_id
    from_above = settlement.recorder_id == settlement.partner_id
    context = {
        "settlement": settlement,
        "tone": SETTLEMENT_TONES.get(settlement.state, ""),
        "recorder": settlement.partner_name if from_above else settlement.reseller_name,
        "is_ours": ours,
        "decision": services.decide_record(request.member),
        "form": ReasonForm(),
        **more,
    }
    part = wants_part(request) and (request.GET.get("drawer") or request.method == "POST")
    template = "billing/settlements/detail.html" + ("#detail" if part else "")
    return render(request, template, context, status=status)
