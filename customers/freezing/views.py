"""冻结 and 解冻 of one customer, 冻结记录, and what resellers may do."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core import clock
from core.refusals import NotAllowed
from org.gate import requires
from org.models import Partner
from org.permissions import CUSTOMERS_FREEZE, CUSTOMERS_FREEZE_RESELLERS, CUSTOMERS_VIEW_RESELLERS

from ..models import Customer
from ..services import decide_see_resellers
from . import grants, services
from .forms import FreezeForm, GrantForm, ReasonForm
from .grants import Terms
from .lists import FreezeRecordList, ResellerFreezeRecordList
from .models import LimitGrant
from .reach import grant_of

SHOWN = 100


@requires(CUSTOMERS_FREEZE)
def record_list(request: Any) -> HttpResponse:
    return FreezeRecordList(request).respond()


@requires(CUSTOMERS_FREEZE, reach_resellers=True)
def reseller_record_list(request: Any) -> HttpResponse:
    """The same of its resellers' customers, for a distributor."""
    if not (decision := decide_see_resellers(request.member)):
        raise NotAllowed(decision)
    return ResellerFreezeRecordList(request).respond()


def load_limited(request: Any, pk: int, *, theirs: bool) -> Customer:
    """The customer with its freezing, one's own or (`theirs`) a reseller's, else 404."""
    rows = Customer.objects.visible_to(request.member, resellers=theirs)
    return get_object_or_404(rows.select_related("partner", "freeze"), pk=pk)


def back_to(request: Any, customer: Customer) -> str:
    """A distributor has no page of a reseller's customer."""
    ours = customer.partner_id == request.member.partner_id
    return customer_page(customer) if ours else redirect("customers:reseller_customer_list").url


def customer_page(customer: Customer) -> str:
    return redirect("customers:customer_detail", customer.pk).url


@requires(CUSTOMERS_FREEZE, sensitive=True)
def freeze(request: Any, pk: int) -> HttpResponse:
    """冻结账号 or 冻结账号与资源, of one's own customer."""
    return _freeze(request, _load(request, pk))


@requires(CUSTOMERS_FREEZE, sensitive=True)
def unfreeze(request: Any, pk: int) -> HttpResponse:
    return _unfreeze(request, _load(request, pk))


@requires(CUSTOMERS_FREEZE_RESELLERS, reach_resellers=True, sensitive=True)
def freeze_theirs(request: Any, pk: int) -> HttpResponse:
    """The same of a reseller's customer."""
    return _freeze(request, _load(request, pk, theirs=True))


@requires(CUSTOMERS_FREEZE_RESELLERS, reach_resellers=True, sensitive=True)
def unfreeze_theirs(request: Any, pk: int) -> HttpResponse:
    return _unfreeze(request, _load(request, pk, theirs=True))


def _load(request: Any, pk: int, *, theirs: bool = False) -> Customer:
    customer = load_limited(request, pk, theirs=theirs)
    if not (decision := services.decide_freeze(request.member, customer)):
        raise NotAllowed(decision)
    return customer


def _freeze(request: Any, customer: Customer) -> HttpResponse:
    form = FreezeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        services.freeze_customer(
            customer, said["action"], reason=said["reason"], by=request.member, at=clock.now()
        )
        messages.success(request, _("客户已冻结。"))
        return redirect(back_to(request, customer))
    return _show(request, customer, form, _("冻结客户"))


def _unfreeze(request: Any, customer: Customer) -> HttpResponse:
    form = ReasonForm(request.POST or None)
    services.check_unfreeze(services.loaded_freeze(customer), customer.partner)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        services.unfreeze_customer(customer, reason=reason, by=request.member, at=clock.now())
        messages.success(request, _("客户已解冻。"))
        return redirect(back_to(request, customer))
    return _show(request, customer, form, _("解冻客户"))


def _show(request: Any, customer: Customer, form: Any, title: str) -> HttpResponse:
    context = {
        "customer": customer,
        "freeze": services.loaded_freeze(customer),
        "form": form,
        "title": title,
        "back": back_to(request, customer),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "customers/freezing/freeze.html", context, status=status)


# ---- what resellers may do ----


@requires(CUSTOMERS_VIEW_RESELLERS, reach_resellers=True)
@require_safe
def grant_list(request: Any) -> HttpResponse:
    """云经销商预算和冻结权限: what each may do, and the history."""
    _must_grant(request)
    resellers = Partner.objects.filter(pk__in=request.member.reseller_ids).order_by("name")
    # Of those that are its resellers still: of another distributor's it sees nothing any more.
    grants_here = LimitGrant.objects.visible_to(request.member).filter(partner__in=resellers)
    found = {grant.partner_id: grant for grant in grants_here.open()}
    history = grants_here.select_related("partner", "given_by").order_by("-given_at", "-pk")
    context = {
        "resellers": [(each, found.get(each.pk)) for each in resellers[:SHOWN]],
        "history": history[:SHOWN],
    }
    return render(request, "customers/freezing/grants.html", context)


def _must_grant(request: Any) -> None:
    if not (decision := grants.decide_grant(request.member)):
        raise NotAllowed(decision)


@requires(CUSTOMERS_VIEW_RESELLERS, reach_resellers=True, sensitive=True)
def grant(request: Any, pk: int) -> HttpResponse:
    """设置一个云经销商的权限."""
    _must_grant(request)
    mine = Partner.objects.filter(pk__in=request.member.reseller_ids)
    reseller = get_object_or_404(mine, pk=pk)
    now = Terms.of(grant_of(pk))
    form = GrantForm(request.POST or None, initial=vars(now))
    if request.method == "POST" and form.is_valid():
        grants.set_grant(reseller, form.terms(), by=request.member, at=clock.now())
        messages.success(request, _("权限已保存。"))
        return redirect("freezing:grant_list")
    status = 422 if request.method == "POST" else 200
    context = {"reseller": reseller, "form": form}
    return render(request, "customers/freezing/grant.html", context, status=status)
