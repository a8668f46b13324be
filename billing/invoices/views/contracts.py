"""合同商务: a contract is looked up by its code, and only looked at."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from core.lists.filters import tidy
from org.gate import requires
from org.permissions import CONTRACTS_VIEW

from ..agreements import Contract


@require_safe
@requires(CONTRACTS_VIEW)
def contract(request: Any) -> HttpResponse:
    """线下合同 by 合同编码, as it is written."""
    number = tidy(request.GET.get("number", ""))
    mine = Contract.objects.visible_to(request.member)
    found = mine.filter(number=number).first() if number else None
    context = {"number": number, "contract": found}
    return render(request, "billing/invoices/contract.html", context)
