"""客户消费 of one customer, as its page's tab (customers_coupons.md §12)."""

from typing import Any

from django.http import HttpResponse

from core import clock
from core.htmx import render_part
from customers.views import load_customer
from org.gate import requires
from org.models import Scope
from org.permissions import CONSUMPTION_VIEW

from . import figures


@requires(CONSUMPTION_VIEW)
def customer_consumption(request: Any, pk: int) -> HttpResponse:
    """消费: months, and the last 30 or 90 days (`?days=`) by day and by service."""
    customer = load_customer(request.member, pk)
    days = next((n for n in figures.RANGES if str(n) == request.GET.get("days")), figures.RANGES[0])
    context = {
        "customer": customer,
        "tab": "consumption",
        "figures": figures.of_customer(
            customer.pk, member=request.member, today=clock.today(), days=days
        ),
        "days": days,
        "ranges": figures.RANGES,
        "since_assigned": request.member.scope is Scope.OWN,
    }
    return render_part(request, "billing/customer_consumption.html", context, part="consumption")
