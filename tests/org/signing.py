"""What a person does at the sign-in pages, as short calls."""

import re
import time
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core import mail
from django.db import connection

from activity.mail import send_waiting
from core import clock
from org.models import User
from org.secrets import encrypt
from tests.factories import PASSWORD

LOGIN, CHALLENGE = "/accounts/login/", "/accounts/2fa/authenticate/"
RESET, RESET_CODE = "/accounts/password/reset/", "/accounts/password/reset/confirm/"
ACCOUNT = "/org/account/"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def give_password(client: Any, login: str, password: str = PASSWORD, **extra: Any) -> Any:
    return client.post(LOGIN, {"login": login, "password": password}, **extra)


def give_code(client: Any, code: str, **extra: Any) -> Any:
    return client.post(CHALLENGE, {"code": code}, **extra)


def code_now(secret: str = SECRET) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def wrong_code() -> str:
    """Six digits that no authenticator shows now or next."""
    step = int(time.time()) // 30
    right = {hotp_value(SECRET, step + i) for i in range(-1, 3)}
    return format_hotp_value(next(n for n in range(100) if n not in right))


def add_app(user: User) -> None:
    """An authenticator app whose secret is SECRET."""
    own = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP)
    own.delete()
    Authenticator.objects.create(
        user=user, type=Authenticator.Type.TOTP, data={"secret": encrypt(SECRET)}
    )


def add_recovery_codes(user: User) -> list[str]:
    return RecoveryCodes.activate(user).get_unused_codes()


def mailed() -> list[Any]:
    """Every mail so far, after a turn of the worker."""
    send_waiting(now=clock.now)
    return mail.outbox


def mailed_code() -> str:
    return re.search(r"^[A-Z]{4}-[A-Z]{4}$", mailed()[-1].body, re.M)[0]  # type: ignore[index]


def is_signed_in(client: Any) -> bool:
    return client.get(ACCOUNT).status_code == 200


def as_in_production() -> None:
    """From here on statements run as the application's role, as requests do."""
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")


def without_tokens(response: Any) -> str:
    """The page without what differs at random: the CSRF token and the request id."""
    return re.sub(r"[A-Za-z0-9]{64}", "TOKEN", response.content.decode())
