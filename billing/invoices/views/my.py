"""我的发票: what a customer sees in its own portal."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from customers.accounts.gate import requires_customer

from ..owed import owed_to


@requires_customer()
@require_safe
def my_invoices(request: Any) -> HttpResponse:
    """Which invoice to ask of whom, newest month first."""
    rows = owed_to(request.place.cloud_account_id)
    return render(request, "my/invoices.html", {"rows": rows})
