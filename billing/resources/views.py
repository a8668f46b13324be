from typing import Any

from django.http import HttpResponse

from customers.views import load_customer
from org.gate import requires
from org.permissions import RESOURCES_VIEW

from .lists import CustomerResourceList, OnDemandList, ResourceList


@requires(RESOURCES_VIEW)
def resource_list(request: Any) -> HttpResponse:
    return ResourceList(request).respond()


@requires(RESOURCES_VIEW)
def on_demand_list(request: Any) -> HttpResponse:
    return OnDemandList(request).respond()


@requires(RESOURCES_VIEW)
def customer_resources(request: Any, pk: int) -> HttpResponse:
    """资源 of one customer, as its page's tab."""
    return CustomerResourceList(request, load_customer(request.member, pk)).respond()
