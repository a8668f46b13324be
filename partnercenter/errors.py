"""Error pages: what happened, what to do, and the request id to tell. Never a trace.

They are rendered without the request's context, so that they work when the database, the
cache or the session does not.
"""

import sys
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from redis.exceptions import RedisError

from core import request_context

RETRY_AFTER = 5  # seconds
_AWAY = (OperationalError, InterfaceError, RedisError)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(404)


def too_many_requests(request: HttpRequest) -> HttpResponse:
    return _page(429, {"Retry-After": "60"})


def server_error(request: HttpRequest) -> HttpResponse:
    """500; or 503 when a server that we need is away or overloaded."""
    if isinstance(sys.exc_info()[1], _AWAY):
        return _page(503, {"Retry-After": str(RETRY_AFTER)})
    return _page(500)


def csrf_failure(request: Any, reason: str = "") -> HttpResponse:
    """The page is older than the session, or cookies are off; `reason` is for the log only."""
    return _page(403, template="403_csrf.html")


def _page(
    status: int, headers: dict[str, str] | None = None, *, template: str = ""
) -> HttpResponse:
    context = request_context.current()
    html = render_to_string(
        template or f"{status}.html", {"request_id": context.request_id if context else ""}
    )
    return HttpResponse(html, status=status, headers=headers)
