from typing import Any

from django.http import HttpResponse

from org.gate import requires
from org.permissions import CUSTOMERS_ASSIGN

from .lists import AssignList, AssignmentList, ManagerList


@requires(CUSTOMERS_ASSIGN)
def assign_list(request: Any) -> HttpResponse:
    return AssignList(request).respond()


@requires(CUSTOMERS_ASSIGN)
def manager_list(request: Any) -> HttpResponse:
    return ManagerList(request).respond()


@requires(CUSTOMERS_ASSIGN)
def assignment_list(request: Any) -> HttpResponse:
    return AssignmentList(request).respond()
