"""A person's own pages: the account, its sessions, and the partner they act for."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core import clock, tenancy
from core.addresses import own_address

from . import permissions, services, sessions
from .gate import ACTING_PARTNER, SEVERAL_PARTNERS, requires, signed_in
from .models import Member


@signed_in
@require_safe
def account(request: Any) -> HttpResponse:
    """我的账号: who I am here, and how the account is protected."""
    context = {
        "memberships": Member.objects.of_user(request.user),
        "factors": sessions.factors_of(request.user),
    }
    return render(request, "org/account.html", context)


@signed_in
@require_POST
def end_session(request: Any, pk: int) -> HttpResponse:
    sessions.end_session(request, pk)
    return HttpResponseRedirect(reverse("usersessions_list"))


@signed_in
@require_safe
def choose_partner(request: Any) -> HttpResponse:
    """选择伙伴: for people who work for several, on the way to a page; others learn whom to ask."""
    if request.user.is_customer:
        return HttpResponseRedirect(reverse("home"))
    memberships = Member.objects.of_user(request.user)
    context = {"memberships": memberships, "next": own_address(request.GET.get("next", ""))}
    return render(request, "org/choose_partner.html", context)


@signed_in
@require_POST
def switch_partner(request: Any, pk: int) -> HttpResponse:
    member = get_object_or_404(Member.objects.of_user(request.user), partner_id=pk)
    request.session[ACTING_PARTNER] = member.partner_id
    request.session[SEVERAL_PARTNERS] = True
    tenancy.enter_partner(member.partner_id)
    services.switch_partner(member, at=clock.now())
    return HttpResponseRedirect(own_address(request.POST.get("next", "")) or reverse("home"))


class SecurityForm(forms.Form):
    exports_need_approval = forms.BooleanField(required=False)
    sensitive_needs_code = forms.BooleanField(required=False)


@requires(permissions.EXPORTS_APPROVE)
@require_safe
def security(request: Any) -> HttpResponse:
    """安全设置: what the partner demands beyond the rules of the house."""
    approvers = Member.objects.visible_to(request.member).holding(
        permissions.EXPORTS_APPROVE, partner_id=request.member.partner_id
    )
    context = {
        "partner": request.member.partner,
        "approvers": list(approvers.select_related("user").order_by("pk")[:20]),
        "decision": services.decide_change_security(request.member),
    }
    return render(request, "org/security.html", context)


@requires(permissions.EXPORTS_APPROVE, step_up=True)
@require_POST
def change_security(request: Any) -> HttpResponse:
    form = SecurityForm(request.POST)
    form.is_valid()  # a box is ticked or not
    services.change_security(**form.cleaned_data, by=request.member, at=clock.now())
    messages.success(request, _("安全设置已保存。"))
    return HttpResponseRedirect(reverse("org:security"))
