from typing import Any

from django.http import HttpResponse

from org.gate import requires
from org.permissions import CONSUMPTION_VIEW

from .lists import ArrearsList


@requires(CONSUMPTION_VIEW)
def arrears_list(request: Any) -> HttpResponse:
    return ArrearsList(request).respond()
