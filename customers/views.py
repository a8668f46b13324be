"""Pages of one customer. The lists and the overview are composed in partnercenter/pages/."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from core import clock
from core.refusals import NotAllowed
from org.gate import requires
from org.models import Member
from org.permissions import CUSTOMERS_ASSIGN

from . import services
from .forms import AssignForm
from .models import Customer
from .rules import performance_starts_on


def load_customer(member: Member, pk: int, *also: str) -> Customer:
    """The customer if this member may see it, else 404. Every tab of its page starts here.

    Args:
        also: what an app above keeps one of for each customer, to be read with it.
    """
    rows = Customer.objects.visible_to(member).select_related("partner", "account_manager__user")
    rows = rows.select_related("remark__written_by__user", "freeze", *also)
    return get_object_or_404(rows, pk=pk)


@requires(CUSTOMERS_ASSIGN)
def assign_customer(request: Any, pk: int) -> HttpResponse:
    """分配客户经理, one customer. GET shows the form, POST assigns."""
    customer = load_customer(request.member, pk)
    if not (decision := services.decide_assign(request.member, customer)):
        raise NotAllowed(decision)
    form = AssignForm(
        request.POST or None, by=request.member, initial={"manager": customer.account_manager_id}
    )
    if request.method == "POST" and form.is_valid():
        manager = form.cleaned_data["manager"]
        services.assign_customer(customer, manager, by=request.member, at=clock.now())
        messages.success(request, _assigned(manager))
        return redirect("customers:customer_detail", pk)
    status = 422 if request.method == "POST" else 200
    context = {
        "customer": customer,
        "form": form,
        "performance_from": performance_starts_on(clock.now()),
    }
    return _page(request, context, status)


def _assigned(manager: Member | None) -> str:
    if manager is None:
        return _("已收回客户，由主账号负责。")
    return _("已分配给%(name)s，业绩从次日起计算。") % {"name": manager}


def _page(request: HttpRequest, context: dict[str, Any], status: int) -> HttpResponse:
    return render(request, "customers/assign.html", context, status=status)
