"""Who was refused what goes into the log (security.md T-AUD).

Here and not in the gate: the refusal rolls the gate's transaction back, the line must stay.
"""

from collections.abc import Callable
from typing import Any

from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from activity.services import record
from core import clock, tenancy
from core.access import access_of
from core.refusals import NotAllowed

QUIET_SECONDS = 60  # the same refusal again within it adds no line: a loop cannot flood the log


class DenialMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: Any, error: Exception) -> None:
        """Note a refusal; whoever comes next shows it."""
        if not isinstance(error, NotAllowed | PermissionDenied) or not request.user.pk:
            return
        key = f"denied:{request.user.pk}:{request.resolver_match.route}"
        if not cache.add(key, True, QUIET_SECONDS):
            return
        by = getattr(request, "member", None) or request.user
        with tenancy.vendor():  # a line of the partner's, or one of the vendor's own
            record("access.denied", by=by, at=clock.now(), after=_what(request, error))


def _what(request: Any, error: Exception) -> dict[str, Any]:
    """The permission that the page asks for and the member has not; else the sentence shown."""
    access, member = access_of(request.resolver_match.func), getattr(request, "member", None)
    if access and member and access.permission and not member.may(access.permission):
        return {"permissions": [access.permission]}
    return {"reason": str(error)} if isinstance(error, NotAllowed) else {}
