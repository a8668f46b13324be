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
from org.permissions import CUSTOMERS_AUTHORIZE, FUNDS_ALLOCATE, ORDERS_VIEW

from ..models import Resource
from ..services.resources import check_change
from ..tasks import carry_out
from . import buying, services
from .forms import BuyForm, ConfirmForm, RenewForm
from .kinds import ON_RESOURCES, Kind
from .lists import PurchaseList
from .models import ResourceRequest
from .rules import ON_DEMAND

SHOWN = 100


@requires(CUSTOMERS_AUTHORIZE)
@in_customers_account
@require_safe
def workplace(request: Any) -> HttpResponse:
    session, at = request.proxy.session, clock.now()
    resources = Resource.objects.visible_to(request.member).running()
    shown = resources.filter(customer=session.customer_id).select_related("service")
    note(session, Line.LOOKED, at=at)
    decisions = [(kind, services.decide_kind(session, kind)) for kind in ON_RESOURCES]
    rows = shown.order_by("expires_on", "pk")[:SHOWN]
    context = {
        "session": session,
        "customer": session.customer,
        "rows": [(row, _buttons(row, decisions)) for row in rows],
        "refusals": [(kind.label, d) for kind, d in decisions if not d],
        "buy_decision": buying.decide_buy(session, at=at),
        "may_cancel": bool(services.decide_kind(session, Kind.CANCEL)),
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
    if kind not in ON_RESOURCES:
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


# ---- 代客下单 ----


@requires(ORDERS_VIEW)
def purchase_list(request: Any) -> HttpResponse:
    return PurchaseList(request).respond()


@requires(CUSTOMERS_AUTHORIZE)
@in_customers_account
def buy(request: Any) -> HttpResponse:
    """GET asks, POST shows the price, and the next POST orders."""
    session = request.proxy.session
    if not (decision := buying.decide_buy(session, at=clock.now())):
        raise NotAllowed(decision)
    form = BuyForm(request.POST or None)
    context = {"form": form, "customer": session.customer}
    if request.method != "POST":
        return render(request, "billing/operations/buy.html", context)
    if not form.is_valid():
        return render(request, "billing/operations/buy.html", context, status=422)
    wish = form.wish()
    if form.cleaned_data["step"] == "confirm":
        return _ordered(request, wish, form.cleaned_data)
    return render(request, "billing/operations/buy.html", context | _effect(request, wish))


def _effect(request: Any, wish: buying.Wish) -> dict[str, Any]:
    """What the member sees before it is ordered."""
    return {
        "wish": wish,
        "shown": str(wish.price),  # as it is compared, in every language
        "is_on_demand": wish.months == ON_DEMAND,
        "is_short": buying.is_short(request.proxy.session.customer, wish),
        "may_allocate": request.member.may(FUNDS_ALLOCATE),
    }


def _ordered(request: Any, wish: buying.Wish, said: dict[str, Any]) -> HttpResponse:
    who = {"by": request.member, "at": clock.now()}
    sent = {"shown": said["shown"], "token": said["token"]}
    carry_out(buying.ask_purchase(request.proxy.session, wish, **sent, **who))
    messages.success(request, _("已提交，结果显示在“最近操作”。"))
    return redirect("operations:workplace")


@requires(CUSTOMERS_AUTHORIZE)
@in_customers_account
def cancel(request: Any, pk: int) -> HttpResponse:
    """取消订单, while nobody paid it."""
    session = request.proxy.session
    rows = ResourceRequest.objects.visible_to(request.member).select_related("order")
    purchase = get_object_or_404(rows, customer=session.customer_id, kind=Kind.ORDER, pk=pk)
    if not (decision := services.decide_kind(session, Kind.CANCEL)):
        raise NotAllowed(decision)
    if request.method == "POST":
        who = {"by": request.member, "at": clock.now()}
        carry_out(buying.ask_cancel(session, purchase, **who))
        messages.success(request, _("已提交，结果显示在“最近操作”。"))
        return redirect("operations:workplace")
    context = {"purchase": purchase, "customer": session.customer}
    return render(request, "billing/operations/cancel.html", context)
