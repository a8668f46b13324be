"""我的合作伙伴: what the users of a cloud account see of their partner, and decide about it."""

from typing import Any

from allauth.account.internal.flows.login import perform_login
from allauth.account.models import Login
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core import clock
from core.access import public
from core.middleware import client_address
from core.refusals import NotAllowed
from customers.accounts.contacts import contacts
from customers.accounts.gate import requires_customer
from customers.freezing.models import Freeze
from customers.models import Customer

from .. import rules, services
from ..forms import AnswerForm, LetterForm, ReasonForm, RegisterForm
from ..models import AssociationChange
from ..services import portal

SHOWN = 20


# ---- the partner ----


@requires_customer()
@require_safe
def partner(request: Any) -> HttpResponse:
    place, customer = request.place, portal.current_customer(request.place)
    changes = AssociationChange.objects.visible_to(place).order_by("-asked_at", "-pk")
    shown = list(changes[:SHOWN])
    names = portal.names_of_partners(
        [*(each.partner_id for each in shown), *([customer.partner_id] if customer else [])]
    )
    freeze = Freeze.objects.of_account(place).first() if customer else None
    context = {
        "customer": customer,
        "partner_name": names.get(customer.partner_id, "") if customer else "",
        "contacts": contacts() if customer else [],
        "waiting": next((each for each in shown if each.is_waiting), None),
        "changes": [(each, names.get(each.partner_id, "")) for each in shown],
        "decision": customer and services.decide_leave(place, customer, at=clock.now()),
        "standing": portal.standing_of_partner(customer) if customer else "",
        "freeze": freeze,
        "is_past_keeping": freeze and freeze.is_past_keeping(clock.now()),
    }
    return render(request, "my/partner.html", context)


def _current(request: Any) -> Customer:
    return get_object_or_404(Customer.objects.of_account(request.place).associated())


@requires_customer(handles=True, step_up=True)
def leave(request: Any) -> HttpResponse:
    """客户发起解除关联: the check, what will happen, the form. POST sends it to the partner."""
    customer = _current(request)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        who = {"place": request.place, "by": request.user, "at": clock.now()}
        services.ask_to_leave(customer, reason=form.cleaned_data["reason"], **who)
        messages.success(request, _("申请已提交，请等待伙伴处理；处理结果会通知您。"))
        return redirect("my:partner")
    context = {
        "customer": customer,
        "partner": portal.partner_of(customer),
        "form": form,
        "outlook": services.outlook(customer, rules.LEAVE),
        "decision": services.decide_leave(request.place, customer, at=clock.now()),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "my/leave.html", context, status=status)


# ---- requests ----


def _change(request: Any, pk: int) -> AssociationChange:
    return get_object_or_404(AssociationChange.objects.visible_to(request.place), pk=pk)


@requires_customer()
@require_safe
def change(request: Any, pk: int) -> HttpResponse:
    """One request: who asks, what it would bring, and the answer."""
    return _show(request, _change(request, pk), AnswerForm())


def _show(request: Any, found: AssociationChange, form: Any, status: int = 200) -> HttpResponse:
    customer = Customer.objects.of_account(request.place).get(pk=found.customer_id)
    waits = found.state == AssociationChange.State.WAITS_FOR_CUSTOMER
    context = {
        "change": found,
        "partner": portal.partner_of(customer),
        "waits_for_us": waits,
        "is_own": found.initiator == AssociationChange.Initiator.CUSTOMER,
        "decision": request.place.decide_for_account(),
        "form": form,
        "outlook": services.outlook(customer, found.kind, found.type_after) if waits else None,
        "effects": portal.effects_shown(found),
    }
    return render(request, "my/request.html", context, status=status)


@requires_customer(handles=True, step_up=True)
@require_POST
def answer(request: Any, pk: int) -> HttpResponse:
    """同意 or 拒绝 of the partner's request."""
    found, form = _change(request, pk), AnswerForm(request.POST)
    if not form.is_valid():
        return _show(request, found, form, 422)
    who = {"place": request.place, "by": request.user, "at": clock.now()}
    done = services.answer_partner(
        found, agree=form.agrees, comment=form.cleaned_data["comment"], **who
    )
    messages.success(request, _("已处理：%(state)s。") % {"state": done.get_state_display()})
    return redirect("my:request", pk)


@requires_customer(handles=True)
@require_POST
def withdraw(request: Any, pk: int) -> HttpResponse:
    found = _change(request, pk)
    services.withdraw_leaving(found, place=request.place, by=request.user, at=clock.now())
    messages.success(request, _("申请已撤回。"))
    return redirect("my:request", pk)


# ---- invitations ----


@public
@require_safe
def invitation(request: Any, token: str) -> HttpResponse:
    """What an invitation's address opens for anybody: who invites, and the two ways to go on."""
    found = portal.find_invitation(token, at=clock.now())
    if request.user.is_authenticated and request.user.is_customer:
        return redirect("my:answer_invitation", token)
    context = {"invitation": found, "token": token, "form": LetterForm()}
    return render(request, "my/invitation.html", context)


@public
@require_POST
def ask_letter(request: Any, token: str) -> HttpResponse:
    """Whoever registers by a link proves the address first: a letter goes there."""
    found, form = portal.find_invitation(token, at=clock.now()), LetterForm(request.POST)
    context = {"invitation": found, "token": token, "form": form}
    if not form.is_valid():
        return render(request, "my/invitation.html", context, status=422)
    email, address = form.cleaned_data["email"], client_address(request) or ""
    portal.ask_letter(found, email, address=address, at=clock.now())
    return render(request, "my/letter_sent.html", context | {"email": email})


@public
def register(request: Any, token: str) -> HttpResponse:
    """注册并关联, for whoever holds the letter."""
    found = portal.find_invitation(token, at=clock.now())
    email = portal.proved_address(found, request.GET.get("letter", ""))
    if not email:
        messages.error(request, _("注册链接已失效，请重新填写邮箱获取。"))
        return redirect("my:invitation", token)
    form = RegisterForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = {k: v for k, v in form.cleaned_data.items() if k != "terms"}
        place = portal.register(found, email=email, **said, at=clock.now())
        return _signed_in(request, place.user, token)
    context = {"invitation": found, "token": token, "form": form, "email": email}
    status = 422 if request.method == "POST" else 200
    return render(request, "my/register.html", context, status=status)


def _signed_in(request: Any, user: Any, token: str) -> HttpResponse:
    url = redirect("my:answer_invitation", token).url
    return perform_login(request, Login(user=user, redirect_url=url))


@requires_customer()
def answer_invitation(request: Any, token: str) -> HttpResponse:
    """The notice, and 接受 or 拒绝; who cannot be associated learns why."""
    at = clock.now()
    found, found_bars = portal.look_at_invitation(token, request.place, at=at)
    form = AnswerForm(request.POST or None)
    decision = request.place.decide_for_account()
    if request.method == "POST":
        if not decision:
            raise NotAllowed(decision)
        if form.is_valid():
            return _answered(request, found, form, token)
    context = {
        "invitation": found,
        "token": token,
        "form": form,
        "bars": found_bars,
        "decision": decision,
        "notice_version": rules.NOTICE_VERSION,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "my/answer_invitation.html", context, status=status)


def _answered(request: Any, found: Any, form: AnswerForm, token: str) -> HttpResponse:
    who = {"place": request.place, "by": request.user, "at": clock.now()}
    if not form.agrees:
        services.refuse_invitation(found, words=form.cleaned_data["comment"], **who)
        messages.success(request, _("已拒绝该邀请，原因已告知伙伴。"))
        return redirect("my:partner")
    made = services.accept_invitation(found, **who)
    if made.bars:
        return redirect("my:answer_invitation", token)
    messages.success(request, _("关联成功。"))
    return redirect("my:partner")
