"""Sessions end after 30 idle minutes and after 12 hours, whatever happens."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse

from core import clock

_STARTED, SEEN = "session_started", "session_seen"
_STAMP_EVERY = 60  # seconds: a session is written at most once a minute


def start_session(request: Any) -> None:
    """The twelve hours begin when the person signs in."""
    request.session[_STARTED] = request.session[SEEN] = int(clock.now().timestamp())


class SessionLimitsMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponse:
        if request.session.session_key and request.user.is_authenticated:
            self._check(request)
        return self.get_response(request)

    def _check(self, request: Any) -> None:
        session = request.session
        if _STARTED not in session:
            start_session(request)
        now = int(clock.now().timestamp())
        idle, age = now - session[SEEN], now - session[_STARTED]
        if age > settings.SESSION_ABSOLUTE_SECONDS or idle > settings.SESSION_IDLE_SECONDS:
            logout(request)
        elif idle >= _STAMP_EVERY:
            session[SEEN] = now
