"""Where a person is signed in, and what protects the account."""

from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.internal.flows.sessions import end_sessions
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from .middleware import SEEN
from .models import User

_BROWSERS = {
    "MicroMessenger": _l("微信"),
    "DingTalk": _l("钉钉"),
    "Edg": "Edge",
    "Firefox": "Firefox",
    "Chrome": "Chrome",
    "Safari": "Safari",
}
_SYSTEMS = {
    "HarmonyOS": "HarmonyOS",
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "Mac OS": "macOS",
    "Linux": "Linux",
}


@dataclass(frozen=True)
class Factors:
    """What the account has beside its password; `codes_left` is None before any were made."""

    authenticator: bool
    passkeys: int
    codes_left: int | None


def factors_of(user: User) -> Factors:
    own = list(Authenticator.objects.filter(user=user))
    kinds = [factor.type for factor in own]
    codes = next((f for f in own if f.type == Authenticator.Type.RECOVERY_CODES), None)
    return Factors(
        authenticator=Authenticator.Type.TOTP in kinds,
        passkeys=kinds.count(Authenticator.Type.WEBAUTHN),
        codes_left=len(codes.wrap().get_unused_codes()) if codes else None,
    )


def end_session(request: Any, pk: int) -> None:
    """End one of the person's own sessions; it is dead on its next request."""
    end_sessions(request, [get_object_or_404(UserSession, pk=pk, user=request.user)])


def seen_at(session: UserSession) -> datetime:
    """When the session was last used, to the minute."""
    store = import_module(settings.SESSION_ENGINE).SessionStore(session.session_key)
    stamp = store.get(SEEN)
    return datetime.fromtimestamp(stamp, UTC) if stamp else session.created_at


def device_of(user_agent: str) -> str:
    """`Chrome · Windows`, or a word for what we do not know."""
    browser = next((name for mark, name in _BROWSERS.items() if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS.items() if mark in user_agent), "")
    return " · ".join(str(part) for part in (browser, system) if part) or _("未知设备")
