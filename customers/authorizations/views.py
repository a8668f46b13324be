"""客户授权, the partner's side."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core import clock
from core.access import Decision
from core.refusals import NotAllowed
from org.gate import prove_again, requires
from org.models import Member, Partner
from org.permissions import CUSTOMERS_AUTHORIZE

from ..proxies.models import ProxyAction, Purpose
from ..proxies.services import decide_enter
from ..views import load_customer
from . import rights, rules, services
from .forms import AskForm, GiveForm, RefuseForm
from .letters import needs_letter
from .lists import AuthorizationList
from .models import Authorization, ProxyRight

SHOWN = 20


@requires(CUSTOMERS_AUTHORIZE)
def authorization_list(request: Any) -> HttpResponse:
    return AuthorizationList(request).respond()


def _load(request: Any, pk: int) -> Authorization:
    rows = Authorization.objects.visible_to(request.member)
    return get_object_or_404(rows.select_related("customer", "asked_by"), pk=pk)


@requires(CUSTOMERS_AUTHORIZE)
@require_safe
def authorization(request: Any, pk: int) -> HttpResponse:
    found = _load(request, pk)
    context = {"authorization": found, "customer": found.customer}
    return render(request, "customers/authorizations/detail.html", context)


@requires(CUSTOMERS_AUTHORIZE)
@require_POST
def cancel(request: Any, pk: int) -> HttpResponse:
    services.cancel_request(_load(request, pk), by=request.member, at=clock.now())
    messages.success(request, _("申请已取消。"))
    return redirect("authorizations:authorization", pk)


@requires(CUSTOMERS_AUTHORIZE)
@require_safe
def customer(request: Any, pk: int) -> HttpResponse:
    """授权: a tab of the customer's page. What holds, what may be asked, what was done by it."""
    found, at = load_customer(request.member, pk), clock.now()
    standing = services.standing_of(found, at=at)
    rows = Authorization.objects.visible_to(request.member).filter(customer=found)
    actions = ProxyAction.objects.visible_to(request.member).filter(customer=found)
    context = {
        "customer": found,
        "tab": "authorization",
        "standing": standing,
        "ask_decision": services.decide_ask(request.member, standing),
        "doors": _doors(request.member, standing),
        "authorizations": rows.order_by("-asked_at", "-pk")[:SHOWN],
        "actions": actions.select_related("operator__user").order_by("-at", "-pk")[:SHOWN],
    }
    return render(request, "customers/authorizations/customer.html", context)


def _doors(member: Member, standing: services.Standing) -> list[tuple[Any, Decision, str]]:
    """Into the customer's account: what for, whether, and where."""
    return [
        (p.label, decide_enter(member, standing, p), f"proxies:enter_to_{p.value}") for p in Purpose
    ]


@requires(CUSTOMERS_AUTHORIZE)
def ask(request: Any, pk: int) -> HttpResponse:
    """申请授权: the scopes, how long, and the first time the letter."""
    found, at = load_customer(request.member, pk), clock.now()
    needs = needs_letter(request.member.partner_id, rules.COMMITMENT)
    form = AskForm(request.POST or None, needs_letter=needs)
    if request.method == "POST" and form.is_valid():
        said = {"signs": False} | form.cleaned_data
        services.ask_authorization(found, **said, by=request.member, at=at)
        messages.success(request, _("申请已发送，客户在账号中心的“我的合作伙伴”处理。"))
        return redirect("authorizations:customer", pk)
    standing = services.standing_of(found, at=at)
    context = {
        "customer": found,
        "form": form,
        "letter": rules.LETTERS[rules.COMMITMENT] if needs else None,
        "decision": services.decide_ask(request.member, standing),
        "is_extension": standing.granted is not None,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "customers/authorizations/ask.html", context, status=status)


# ---- resellers ----


@requires(CUSTOMERS_AUTHORIZE, reach_resellers=True)
@require_safe
def reseller_list(request: Any) -> HttpResponse:
    """云经销商代客操作权限: which resellers may act for customers."""
    _must_give(request)
    resellers = Partner.objects.filter(pk__in=request.member.reseller_ids).order_by("name")
    given = ProxyRight.objects.visible_to(request.member).open().select_related("given_by")
    open_rights = {right.partner_id: right for right in given}
    context = {"resellers": [(each, open_rights.get(each.pk)) for each in resellers[:500]]}
    return render(request, "customers/authorizations/resellers.html", context)


def _must_give(request: Any) -> None:
    if not (decision := rights.decide_give(request.member)):
        raise NotAllowed(decision)


def _reseller(request: Any, pk: int) -> Partner:
    _must_give(request)
    return get_object_or_404(Partner.objects.filter(pk__in=request.member.reseller_ids), pk=pk)


@requires(CUSTOMERS_AUTHORIZE, reach_resellers=True)
def give_right(request: Any, pk: int) -> HttpResponse:
    reseller = _reseller(request, pk)
    if request.method == "POST" and (turned_away := prove_again(request)):
        return turned_away
    needs = needs_letter(request.member.partner_id, rules.DELEGATION)
    form = GiveForm(request.POST or None, needs_letter=needs)
    if request.method == "POST" and (not needs or form.is_valid()):
        rights.give_right(reseller, signs=needs, by=request.member, at=clock.now())
        messages.success(request, _("代客操作权限已开通。"))
        return redirect("authorizations:reseller_list")
    letter = rules.LETTERS[rules.DELEGATION] if needs else None
    context = {"reseller": reseller, "form": form, "letter": letter}
    status = 422 if request.method == "POST" else 200
    return render(request, "customers/authorizations/right.html", context, status=status)


@requires(CUSTOMERS_AUTHORIZE, reach_resellers=True)
def withdraw_right(request: Any, pk: int) -> HttpResponse:
    reseller, form = _reseller(request, pk), RefuseForm(request.POST or None)
    if request.method == "POST" and (turned_away := prove_again(request)):
        return turned_away
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        rights.withdraw_right(reseller, reason=reason, by=request.member, at=clock.now())
        messages.success(request, _("代客操作权限已收回。"))
        return redirect("authorizations:reseller_list")
    context = {"reseller": reseller, "form": form, "withdraws": True}
    status = 422 if request.method == "POST" else 200
    return render(request, "customers/authorizations/right.html", context, status=status)
