"""Sessions end after 30 idle minutes and after 12 hours, whatever happens."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

_STARTED, _SEEN = "session_started", "session_seen"
_STAMP_EVERY = 60  # seconds: a session is written at most once a minute


class SessionLimitsMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponse:
        if request.session.session_key and request.user.is_authenticated:
            self._check(request)
        return self.get_response(request)

    def _check(self, request: Any) -> None:
        now = int(timezone.now().timestamp())
        session = request.session
        started, seen = session.get(_STARTED, now), session.get(_SEEN, now)
        too_long = now - started > settings.SESSION_ABSOLUTE_SECONDS
        if too_long or now - seen > settings.SESSION_IDLE_SECONDS:
            logout(request)
            return
        if _STARTED not in session:
            session[_STARTED] = now
        if _SEEN not in session or now - seen >= _STAMP_EVERY:
            session[_SEEN] = now
