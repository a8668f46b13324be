"""Pages of money. Each write shows its effect first, and carries a token: sent twice, done once."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from core import clock, formats
from core.refusals import NotAllowed
from customers.views import load_customer
from ledger.models import Account
from org.gate import requires
from org.models import Partner
from org.permissions import ADJUSTMENTS_VIEW, FUNDS_ALLOCATE, FUNDS_RECLAIM, FUNDS_VIEW

from . import resellers, services, warning
from .accounts import partner_account
from .forms import OnceForm, ReclaimForm, WarningForm
from .lists import AdjustmentList, ResellerFundsList, StatementList
from .models import BalanceWarning
from .services import Type, Wish


@requires(FUNDS_VIEW)
def statement(request: Any) -> HttpResponse:
    return StatementList(request).respond()


@requires(ADJUSTMENTS_VIEW)
def adjustment_list(request: Any) -> HttpResponse:
    return AdjustmentList(request).respond()


@requires(FUNDS_VIEW, reach_resellers=True)
def reseller_list(request: Any) -> HttpResponse:
    if not (decision := resellers.decide_see_resellers_funds(request.member)):
        raise NotAllowed(decision)
    return ResellerFundsList(request).respond()


@requires(FUNDS_VIEW)
def set_warning(request: Any) -> HttpResponse:
    """设置余额预警: an empty amount ends it."""
    form = WarningForm(request.POST or None, initial={"threshold": _threshold(request)})
    if request.method == "POST" and form.is_valid():
        threshold = form.cleaned_data["threshold"]
        warning.set_warning(threshold, by=request.member, at=clock.now())
        messages.success(request, _("余额预警已保存。"))
        return redirect("funds:statement")
    status = 422 if request.method == "POST" else 200
    return render(request, "billing/funds/warning.html", {"form": form}, status=status)


def _threshold(request: Any) -> Decimal | None:
    return BalanceWarning.of(request.member.partner_id)


# ---- 拨款, 回收 ----


@dataclass(frozen=True)
class Side:
    """Who gets or gives: a customer or a reseller, as the page shows it."""

    name: str
    label: str
    balance: Decimal  # what it has
    back: str


@requires(FUNDS_ALLOCATE, sensitive=True)
def allocate_customer(request: Any, pk: int) -> HttpResponse:
    """拨款 to one customer."""
    return _adjust_customer(request, pk, Type.ALLOCATE)


@requires(FUNDS_RECLAIM, sensitive=True)
def reclaim_customer(request: Any, pk: int) -> HttpResponse:
    """回收 from one customer."""
    return _adjust_customer(request, pk, Type.RECLAIM)


@requires(FUNDS_ALLOCATE, reach_resellers=True, sensitive=True)
def allocate_reseller(request: Any, pk: int) -> HttpResponse:
    """拨款 to a reseller."""
    return _adjust_reseller(request, pk, Type.ALLOCATE)


@requires(FUNDS_RECLAIM, reach_resellers=True, sensitive=True)
def reclaim_reseller(request: Any, pk: int) -> HttpResponse:
    """回收 from a reseller."""
    return _adjust_reseller(request, pk, Type.RECLAIM)


def _adjust_customer(request: Any, pk: int, kind: Type) -> HttpResponse:
    customer = load_customer(request.member, pk)
    if not (decision := services.decide_adjust(request.member, kind, customer)):
        raise NotAllowed(decision)
    has = max(customer.available_amount or Decimal(0), Decimal(0))  # its account's, if it has one
    side = Side("", _("客户"), has, reverse("customers:customer_detail", args=[pk]))

    def do(wish: Wish, key: str) -> Any:
        by, at = request.member, clock.now()
        return services.adjust_customer(customer, kind, wish, key=key, by=by, at=at)

    return _adjust(request, kind, side, do, customer=customer)


def _adjust_reseller(request: Any, pk: int, kind: Type) -> HttpResponse:
    mine = Partner.objects.filter(distributor_id=request.member.partner_id)
    reseller = get_object_or_404(mine, pk=pk)
    if not (decision := resellers.decide_adjust_reseller(request.member, kind, reseller)):
        raise NotAllowed(decision)
    has = partner_account(reseller.pk).balance
    side = Side(reseller.name, _("云经销商"), has, reverse("funds:reseller_list"))

    def do(wish: Wish, key: str) -> Any:
        by, at = request.member, clock.now()
        return resellers.adjust_reseller(reseller, kind, wish, key=key, by=by, at=at)

    return _adjust(request, kind, side, do, reseller=reseller)


def _adjust(request: Any, kind: Type, side: Side, do: Any, **more: Any) -> HttpResponse:
    """GET asks, POST shows what will happen, and the next POST does it."""
    form_class = OnceForm if kind == Type.ALLOCATE and "customer" in more else ReclaimForm
    form = form_class(request.POST or None)
    ours = {
        money: partner_account(request.member.partner_id, money)
        for money in (Account.Kind.CASH, Account.Kind.CREDIT)
    }
    context = {
        "form": form,
        "kind": kind.value,
        "is_allocation": kind == Type.ALLOCATE,
        "title": _title(kind, side),
        "side": side,
        "ours": ours.values() if form_class is OnceForm else [ours[Account.Kind.CASH]],
        **more,
    }
    if request.method != "POST":
        return render(request, "billing/funds/adjust.html", context)
    if not form.is_valid():
        return render(request, "billing/funds/adjust.html", context, status=422)
    wish, said = form.wish(), form.cleaned_data
    if said["step"] == "confirm":
        # The member's own tokens: nobody else's submit is answered with this one.
        made = do(wish, f"{kind}:{request.member.pk}:{said['token']}")
        messages.success(request, _done(kind, made))
        return redirect(side.back)
    effect = _effect(kind, ours[Account.Kind(wish.money)], side, wish)
    if effect["short"]:
        form.add_error("amount", ValidationError(_too_much(effect["has"])))
        return render(request, "billing/funds/adjust.html", context, status=422)
    return render(request, "billing/funds/adjust.html", {**context, "effect": effect})


def _title(kind: Type, side: Side) -> str:
    if kind == Type.ALLOCATE:
        return _("为%(whom)s拨款") % {"whom": side.label}
    return _("回收%(whom)s资金") % {"whom": side.label}


def _effect(kind: Type, ours: Account, side: Side, wish: Wish) -> dict[str, Any]:
    """Both balances after it."""
    sign = 1 if kind == Type.ALLOCATE else -1
    has = ours.available if kind == Type.ALLOCATE else side.balance
    return {
        "wish": wish,
        "account": ours,
        "ours_after": ours.balance - sign * wish.amount,
        "theirs_after": side.balance + sign * wish.amount,
        "has": has,
        "short": wish.amount > has,
    }


def _too_much(has: Decimal) -> str:
    return _("余额不足，可用余额 %(available)s 元。") % {
        "available": formats.money(max(has, Decimal(0)))
    }


def _done(kind: Type, made: Any) -> str:
    words = {"amount": formats.money(made.amount), "number": made.number}
    if kind == Type.ALLOCATE:
        return _("已拨款 %(amount)s 元，交易号 %(number)s。") % words
    return _("已回收 %(amount)s 元，交易号 %(number)s。") % words
