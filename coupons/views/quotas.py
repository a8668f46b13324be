"""额度: list and detail, 发放额度 to resellers and its 回收."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core import clock, formats
from core.refusals import NotAllowed
from ledger.services import balance, balances
from org.gate import requires
from org.permissions import QUOTAS_GIVE, QUOTAS_VIEW

from ..forms import GiveForm
from ..models import Quota
from ..quota_lists import GivenList, QuotaList
from ..services import issuing, quotas


def load_quota(request: Any, pk: int) -> Quota:
    return get_object_or_404(Quota.objects.visible_to(request.member), pk=pk)


@requires(QUOTAS_VIEW)
def quota_list(request: Any) -> HttpResponse:
    return QuotaList(request).respond()


@requires(QUOTAS_VIEW)
@require_safe
def quota_detail(request: Any, pk: int) -> HttpResponse:
    """Where all of it is, and its limits."""
    quota, at = load_quota(request, pk), clock.now()
    there = balances([quota.account_id, quota.held_id, quota.used_id, quota.lost_id])
    context = {
        "quota": quota,
        "state": Quota.State(quota.state_at(at)).label,
        "left": there[quota.account_id],
        "held": there[quota.held_id],
        "used": there[quota.used_id],
        "lost": there[quota.lost_id],
        "issue_decision": issuing.decide_issue(request.member, quota, at=at),
        "give_decision": quotas.decide_give(request.member, quota, at=at),
    }
    return render(request, "coupons/quota.html", context)


@requires(QUOTAS_VIEW, reach_resellers=True)
def given_list(request: Any) -> HttpResponse:
    if not (decision := quotas.decide_see_given(request.member)):
        raise NotAllowed(decision)
    return GivenList(request).respond()


@requires(QUOTAS_GIVE, reach_resellers=True, sensitive=True)
def give(request: Any, pk: int) -> HttpResponse:
    """发放额度. GET asks, POST shows what will happen, and the next POST does it."""
    quota, at = load_quota(request, pk), clock.now()
    if not (decision := quotas.decide_give(request.member, quota, at=at)):
        raise NotAllowed(decision)
    form = GiveForm(request.POST or None, by=request.member)
    if request.method != "POST":
        return _giving(request, quota, form)
    if not form.is_valid():
        return _giving(request, quota, form, status=422)
    if form.cleaned_data["step"] != "confirm":
        return _foresee_giving(request, quota, form)
    gift = form.gift()
    made = quotas.give_quota(
        quota, gift, token=form.cleaned_data["token"], by=request.member, at=at
    )
    words = {"n": len(made), "amount": formats.money(gift.amount)}
    messages.success(request, _("已向 %(n)s 个云经销商各发放额度 %(amount)s 元。") % words)
    return redirect("coupons:given_list")


def _foresee_giving(request: Any, quota: Quota, form: GiveForm) -> HttpResponse:
    gift = form.gift()
    if reason := quotas.why_not_give(quota, gift, by=request.member):
        form.add_error(None, ValidationError(reason))
        return _giving(request, quota, form, status=422)
    return _giving(request, quota, form, gift=gift)


def _giving(
    request: Any,
    quota: Quota,
    form: GiveForm,
    *,
    gift: quotas.Gift | None = None,
    status: int = 200,
) -> HttpResponse:
    left = balance(quota.account_id)
    context: dict[str, Any] = {"quota": quota, "form": form, "left": left}
    if gift:
        context["effect"] = {"gift": gift, "after": left - gift.total}
    return render(request, "coupons/give.html", context, status=status)


@requires(QUOTAS_GIVE, reach_resellers=True, sensitive=True)
def take(request: Any, pk: int) -> HttpResponse:
    """回收额度: GET tells what will come back, POST does it."""
    mine = Quota.objects.given_by(request.member).select_related("partner", "account", "parent")
    given = get_object_or_404(mine, pk=pk)
    if not (decision := quotas.decide_take(request.member, given)):
        raise NotAllowed(decision)
    if request.method != "POST":
        after = balance(given.parent.account_id) + given.account.balance
        return render(request, "coupons/take.html", {"given": given, "after": after})
    made = quotas.take_quota(given, by=request.member, at=clock.now())
    messages.success(
        request, _("已回收额度 %(amount)s 元。") % {"amount": formats.money(made.amount)}
    )
    return redirect("coupons:given_list")
