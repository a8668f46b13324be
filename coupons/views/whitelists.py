"""客户白名单: its versions, and who stands on one."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from org.gate import requires
from org.permissions import COUPONS_ISSUE

from ..imports import WHITELISTS
from ..models import WhitelistVersion

_SHOWN = 500


@requires(COUPONS_ISSUE)
@require_safe
def whitelist_list(request: Any) -> HttpResponse:
    """The versions of each kind, the newest of which counts."""
    mine = WhitelistVersion.objects.visible_to(request.member).select_related("member__user")
    versions = list(mine.order_by("-at", "-pk")[:_SHOWN])
    context = {
        "kinds": [
            (kind, [each for each in versions if each.kind == kind.kind]) for kind in WHITELISTS
        ]
    }
    return render(request, "coupons/whitelists.html", context)


@requires(COUPONS_ISSUE)
@require_safe
def whitelist(request: Any, pk: int) -> HttpResponse:
    version = get_object_or_404(WhitelistVersion.objects.visible_to(request.member), pk=pk)
    numbers = version.items.order_by("number").values_list("number", flat=True)
    context = {"version": version, "numbers": numbers[:_SHOWN], "most": _SHOWN}
    return render(request, "coupons/whitelist.html", context)
