"""Stepping into a customer's account and back, and the log of it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_POST

from core import clock
from org.gate import requires
from org.permissions import ACTIVITY_VIEW, CUSTOMERS_AUTHORIZE, CUSTOMERS_OPERATE, CUSTOMERS_ORDER

from ..authorizations.rules import REASON_LONGEST
from ..authorizations.services import standing_of
from ..views import load_customer
from . import gate, services
from .lists import ActionList
from .models import Purpose


class EnterForm(forms.Form):
    reason = forms.CharField(
        label=_l("事由"),
        max_length=REASON_LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_l("记入代客操作记录，客户可以看到。"),
    )


@requires(CUSTOMERS_ORDER, step_up=True)
def enter_to_order(request: Any, pk: int) -> HttpResponse:
    return _enter(request, pk, Purpose.ORDER)


@requires(CUSTOMERS_OPERATE, step_up=True)
def enter_to_operate(request: Any, pk: int) -> HttpResponse:
    return _enter(request, pk, Purpose.OPERATE)


def _enter(request: Any, pk: int, purpose: Purpose) -> HttpResponse:
    found, at = load_customer(request.member, pk), clock.now()
    form = EnterForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        session = services.enter(found, purpose, reason=reason, by=request.member, at=at)
        gate.begin(request, session)
        return redirect("operations:workplace")
    context = {
        "customer": found,
        "form": form,
        "purpose": purpose.label,
        "decision": services.decide_enter(request.member, standing_of(found, at=at), purpose),
        "idle": int(services.idle_limit().total_seconds() // 60),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "customers/proxies/enter.html", context, status=status)


@requires(CUSTOMERS_AUTHORIZE)
@require_POST
def leave(request: Any) -> HttpResponse:
    """切换角色: back to one's own partner."""
    found = gate.leave(request)
    if found is None:
        return redirect("authorizations:authorization_list")
    messages.success(request, _("已切换回伙伴账号。"))
    return redirect("authorizations:customer", found.session.customer_id)


@requires(ACTIVITY_VIEW)
def action_list(request: Any) -> HttpResponse:
    return ActionList(request).respond()
