"""代客操作: the customer's resources, with what may be done to each."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core import clock
from core.refusals import NotAllowed
from customers.freezing.services import why_frozen
from customers.proxies.gate import in_customers_account
from customers.proxies.log import Kind as Line
from customers.proxies.log import note
from org.gate import requires
from org.permissions import CUSTOMERS_AUTHORIZE

from ..models import Resource
from ..services.resources import check_change
from ..tasks import carry_out
from . import services
from .forms import ConfirmForm, RenewForm
from .kinds import Kind

SHOWN = 100


@requires(CUSTOMERS_AUTHORIZE)
@in_customers_account
@require_safe
def workplace(request: Any) -> HttpResponse:
    session, at = request.proxy.session, clock.now()
    resources = Resource.objects.visible_to(request.member).running()
    shown = resources.filter(customer=session.customer_id).select_related("service")
    note(session, Line.LOOKED, at=at)
    decisions = [(kind, services.decide_kind(session, kind)) for kind in Kind]
    rows = shown.order_by("expires_on", "pk")[:SHOWN]
    context = {
        "session": session,
        "customer": session.customer,
        "rows": [(row, _buttons(row, decisions)) for row in rows],
        "refusals": [(kind.label, d) for kind, d in decisions if not d],
        "requests": services.recent(session),
    }
    return render(request, "billing/operations/workplace.html", context)


def _buttons(resource: Resource, decisions: list[Any]) -> list[Kind]:
    """What may be done to the resource as it is."""
    return [kind for kind, decision in decisions if decision and not check_change(resource, kind)]


@requires(CUSTOMERS_AUTHORIZE)
@in_customers_account
def ask(request: Any, pk: int, kind: str) -> HttpResponse:
    """One deed: what it is, to what, and the confirmation."""
    if kind not in Kind.values:
        raise Http404
    session, resource = request.proxy.session, _resource(request, pk)
    if not (decision := services.decide_kind(session, kind)):
        raise NotAllowed(decision)
    form = (RenewForm if kind == Kind.RENEW else ConfirmForm)(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _asked(request, resource, kind, form.cleaned_data.get("months"))
    context = {
        "resource": resource,
        "form": form,
        "kind": Kind(kind),
        "customer": session.customer,
        "said": why_frozen(session.customer) or check_change(resource, kind),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "billing/operations/ask.html", context, status=status)


def _resource(request: Any, pk: int) -> Resource:
    rows = Resource.objects.visible_to(request.member).select_related("service")
    return get_object_or_404(rows, customer=request.proxy.session.customer_id, pk=pk)


def _asked(request: Any, resource: Resource, kind: str, months: int | None) -> HttpResponse:
    who = {"by": request.member, "at": clock.now()}
    made = services.ask_request(request.proxy.session, resource, kind, months=months, **who)
    carry_out(made)
    messages.success(request, _("已提交，结果显示在“最近操作”。"))
    return redirect("operations:workplace")
