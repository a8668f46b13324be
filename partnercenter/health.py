"""For load balancers and supervisors. Neither page says anything that is a secret.

`/healthz`: this process answers; a supervisor restarts one that does not. `/readyz`: it can do
its work, so requests may be sent to it. Whoever asks names no host of ours and speaks no https,
so both are answered before hosts are looked at and sent nowhere else.
"""

from collections.abc import Callable
from typing import Any

import redis
from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.clickjacking import xframe_options_deny
from django.views.decorators.http import require_safe

from core.access import public
from ops import schema

_OK, _AWAY, _BEHIND = "ok", "away", "behind"


@public
@xframe_options_deny
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok", content_type="text/plain; charset=utf-8")


@public
@xframe_options_deny
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when database and Redis answer and the tables are of this release; else 503."""
    found = {"database": _database(), "redis": _redis()}
    is_ready = set(found.values()) == {_OK}
    return JsonResponse(found, status=200 if is_ready else 503)


def _database() -> str:
    try:
        return _BEHIND if schema.compare().pending else _OK
    except (DatabaseError, InterfaceError):
        return _AWAY


def _redis() -> str:
    try:
        with redis.Redis.from_url(
            settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=1
        ) as client:
            client.ping()
    except redis.RedisError:
        return _AWAY
    return _OK


_PAGES: dict[str, Callable[[HttpRequest], HttpResponse]] = {
    "/healthz": healthz,
    "/readyz": readyz,
}


class HealthMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponse:
        answer = _PAGES.get(request.path, self.get_response)
        return answer(request)
