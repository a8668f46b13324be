"""Pages of orders. What may be done, paying.py decides; what is listed, lists.py says."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core import clock
from core.htmx import wants_part
from core.refusals import NotAllowed, Refused
from customers.services import decide_see_resellers
from customers.views import load_customer
from org.gate import requires
from org.permissions import ORDERS_PAY, ORDERS_VIEW

from . import paying
from .forms import PayForm, RefuseForm
from .lists import (
    CustomerOrderList,
    OrderLineList,
    OrderList,
    ResellerOrderLineList,
    WaitingList,
)
from .models import Order

MOST_LINES = 100  # of an order, on its page


@requires(ORDERS_VIEW)
def order_list(request: Any) -> HttpResponse:
    return OrderList(request).respond()


@requires(ORDERS_VIEW)
def waiting_list(request: Any) -> HttpResponse:
    return WaitingList(request).respond()


@requires(ORDERS_VIEW)
def order_line_list(request: Any) -> HttpResponse:
    return OrderLineList(request).respond()


@requires(ORDERS_VIEW, reach_resellers=True)
def reseller_order_line_list(request: Any) -> HttpResponse:
    if not (decision := decide_see_resellers(request.member)):
        raise NotAllowed(decision)
    return ResellerOrderLineList(request).respond()


@requires(ORDERS_VIEW)
def customer_orders(request: Any, pk: int) -> HttpResponse:
    """订单 of one customer, as its page's tab."""
    return CustomerOrderList(request, load_customer(request.member, pk)).respond()


@requires(ORDERS_VIEW)
def order_detail(request: Any, pk: int) -> HttpResponse:
    """One order; in the drawer of a list (`?drawer=1`) or as a page of its own."""
    return _detail(request, _load(request, pk), RefuseForm())


@require_POST
@requires(ORDERS_PAY, sensitive=True)
def pay_order(request: Any, pk: int) -> HttpResponse:
    """支付: a sensitive act, of the amount that was shown."""
    order = _load(request, pk)
    if not (decision := paying.decide_pay(order, request.member)):
        raise NotAllowed(decision)
    form = PayForm(request.POST)
    if not form.is_valid():
        raise Refused(_("未收到订单金额，请刷新后重试。"))
    paying.pay_order(order, form.cleaned_data["shown"], by=request.member, at=clock.now())
    messages.success(request, _("订单已支付，金额已从您的账户余额扣除。"))
    return redirect("billing:order_detail", pk)


@require_POST
@requires(ORDERS_PAY)
def refuse_order(request: Any, pk: int) -> HttpResponse:
    """驳回."""
    order = _load(request, pk)
    form = RefuseForm(request.POST)
    if not form.is_valid():
        return _detail(request, order, form, status=422)
    paying.refuse_order(order, form.cleaned_data["reason"], by=request.member, at=clock.now())
    messages.success(request, _("订单已驳回，客户可以自行支付。"))
    return redirect("billing:waiting_list")


def _load(request: Any, pk: int) -> Order:
    rows = Order.objects.visible_to(request.member)
    return get_object_or_404(
        rows.select_related(
            "customer__account_manager__user", "service", "proxy_by__user", "proxy_transfer"
        ),
        pk=pk,
    )


def _detail(request: Any, order: Order, form: RefuseForm, status: int = 200) -> HttpResponse:
    lines = order.lines.visible_to(request.member).select_related("service")
    context = {
        "order": order,
        "lines": lines.order_by("expires_on", "pk")[:MOST_LINES],
        "form": form,
        "pay_form": PayForm(initial={"shown": order.amount}),
        "decision": paying.decide_pay(order, request.member),
        "refuse_decision": paying.decide_answer(request.member),
        "invalid": paying.why_invalid(order, at=clock.now()),
    }
    part = "#detail" if wants_part(request) else ""
    return render(request, f"billing/order_detail.html{part}", context, status=status)
