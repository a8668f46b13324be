"""关联关系操作, the partner's side: records, requests, answers."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core import clock
from core.refusals import NotAllowed
from customers.views import load_customer
from org.gate import prove_again, requires
from org.permissions import ASSOCIATIONS_VIEW

from .. import services
from ..forms import AnswerForm, ReasonForm
from ..lists import ChangeList
from ..models import AssociationChange
from ..services.effects import said

Kind = AssociationChange.Kind
SHOWN = 20


@requires(ASSOCIATIONS_VIEW)
def change_list(request: Any) -> HttpResponse:
    return ChangeList(request).respond()


@requires(ASSOCIATIONS_VIEW)
@require_safe
def customer(request: Any, pk: int) -> HttpResponse:
    """关联管理: a tab of the customer's page. What it was, what may be asked, what is open."""
    found = load_customer(request.member, pk)
    may_start = services.decide_start(request.member, found, at=clock.now())
    changes = AssociationChange.objects.visible_to(request.member).filter(customer=found)
    context = {
        "customer": found,
        "tab": "association",
        "changes": changes.order_by("-asked_at", "-pk")[:SHOWN],
        "leave_decision": may_start and services.decide_meanwhile(found, Kind.LEAVE),
        "switch_decision": may_start and services.decide_meanwhile(found, Kind.SWITCH),
        "other_type": _label_of(services.other_type(found)),
    }
    return render(request, "associations/customer.html", context)


def _label_of(association_type: str) -> str:
    return dict(AssociationChange._meta.get_field("type_after").flatchoices)[association_type]


@requires(ASSOCIATIONS_VIEW)
def ask_leave(request: Any, pk: int) -> HttpResponse:
    return _ask(request, pk, Kind.LEAVE)


@requires(ASSOCIATIONS_VIEW)
def ask_switch(request: Any, pk: int) -> HttpResponse:
    return _ask(request, pk, Kind.SWITCH)


def _ask(request: Any, pk: int, kind: str) -> HttpResponse:
    """账号检查, what will happen, and the form; POST, freshly proved, sends the request."""
    found = load_customer(request.member, pk)
    if not (decision := services.decide_manage(request.member)):
        raise NotAllowed(decision)
    if request.method == "POST" and (turned_away := prove_again(request)):
        return turned_away
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        services.ask_of_customer(found, kind, reason=reason, by=request.member, at=clock.now())
        messages.success(request, _("申请已提交，请等待客户处理；处理结果会通知您。"))
        return redirect("associations:customer", pk)
    after = services.other_type(found) if kind == Kind.SWITCH else ""
    context = {
        "customer": found,
        "form": form,
        "is_leave": kind == Kind.LEAVE,
        "outlook": services.outlook(found, kind, after),
        "decision": services.decide_start(request.member, found, at=clock.now())
        and services.decide_meanwhile(found, kind),
        "type_after": _label_of(after) if after else "",
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "associations/ask.html", context, status=status)


def _load(request: Any, pk: int) -> AssociationChange:
    rows = AssociationChange.objects.visible_to(request.member)
    joined = rows.select_related("customer__account_manager__user", "asked_by", "handled_by")
    return get_object_or_404(joined, pk=pk)


@requires(ASSOCIATIONS_VIEW)
@require_safe
def change(request: Any, pk: int) -> HttpResponse:
    """One record; while a customer waits for the partner's word, also what it would bring."""
    found = _load(request, pk)
    waits = found.state == AssociationChange.State.WAITS_FOR_PARTNER
    context = {
        "change": found,
        "customer": found.customer,
        "waits_for_us": waits,
        "decision": services.decide_manage(request.member),
        "form": AnswerForm(),
        "outlook": services.outlook(found.customer, found.kind) if waits else None,
        "effects": [said(code, figures) for code, figures in found.effects],
    }
    return render(request, "associations/change.html", context)


@requires(ASSOCIATIONS_VIEW, step_up=True)
@require_POST
def answer(request: Any, pk: int) -> HttpResponse:
    """同意 or 驳回 of a customer's request."""
    found, form = _load(request, pk), AnswerForm(request.POST)
    if not (decision := services.decide_manage(request.member)):
        raise NotAllowed(decision)
    if not form.is_valid():
        for errors in form.errors.values():
            messages.error(request, " ".join(map(str, errors)))
        return redirect("associations:change", pk)
    comment, by = form.cleaned_data["comment"], request.member
    done = services.answer_customer(
        found, agree=form.agrees, comment=comment, by=by, at=clock.now()
    )
    messages.success(request, _("已处理：%(state)s。") % {"state": done.get_state_display()})
    return redirect("associations:change", pk)


@requires(ASSOCIATIONS_VIEW, step_up=True)
@require_POST
def withdraw(request: Any, pk: int) -> HttpResponse:
    services.withdraw(_load(request, pk), by=request.member, at=clock.now())
    messages.success(request, _("申请已撤回。"))
    return redirect("associations:change", pk)
