from typing import Any

from django.http import HttpResponse

from core.refusals import NotAllowed
from customers.services import decide_see_resellers
from org.gate import requires
from org.permissions import CONSUMPTION_VIEW

from .lists import ChargeList, ResellerChargeList, ResellerSummaryList, SummaryList


@requires(CONSUMPTION_VIEW)
def summary_list(request: Any) -> HttpResponse:
    return SummaryList(request).respond()


@requires(CONSUMPTION_VIEW)
def charge_list(request: Any) -> HttpResponse:
    return ChargeList(request).respond()


@requires(CONSUMPTION_VIEW, reach_resellers=True)
def reseller_summary_list(request: Any) -> HttpResponse:
    if not (decision := decide_see_resellers(request.member)):
        raise NotAllowed(decision)
    return ResellerSummaryList(request).respond()


@requires(CONSUMPTION_VIEW, reach_resellers=True)
def reseller_charge_list(request: Any) -> HttpResponse:
    if not (decision := decide_see_resellers(request.member)):
        raise NotAllowed(decision)
    return ResellerChargeList(request).respond()
