"""Signing in and out, and every change of a password or factor, go into the log.

What allauth would mail goes into the outbox: neither an answer nor its time depends on a mail
server, so that the time tells nobody which accounts exist.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from allauth.core import context
from allauth.usersessions.adapter import DefaultUserSessionsAdapter
from allauth.usersessions.models import UserSession
from django.conf import settings

from activity.services import mail_account, record
from core import clock, tenancy
from customers.proxies.services import sign_out
from org import adapters
from org.models import Member, User

# A code that ran out is not sent any more.
_GOOD_FOR = {
    "account/email/password_reset_code": timedelta(
        seconds=settings.ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT
    ),
}


def note(verb: str, user: User | None, **details: Any) -> None:
    """One line for each partner that the person works for, or one of the vendor's own.

    A guess at an account has no user: looking one up would take longer for a real account.
    """
    at = clock.now()
    with tenancy.vendor():  # before a partner is chosen, and for all of them
        memberships = list(Member.objects.active().filter(user=user)) if user else []
        for member in memberships:
            record(verb, user, by=member, at=at, after=details)
        if not memberships:
            record(verb, user, by=user, at=at, after=details)


class AccountAdapter(adapters.AccountAdapter):
    def happened(self, verb: str, user: User | None, **details: Any) -> None:
        note(verb, user, **details)
        if verb == "session.signed_out" and user:
            sign_out(user, at=clock.now())

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        mail = self.render_mail(template_prefix, email, {"email": email, **context})
        with tenancy.vendor():  # the mail belongs to no partner
            mail_account(
                *(email, mail.subject, mail.body),
                at=clock.now(),
                good_for=_GOOD_FOR.get(template_prefix, timedelta(days=1)),
            )


class SessionsAdapter(DefaultUserSessionsAdapter):
    def end_sessions(self, sessions: Iterable[UserSession]) -> None:
        sessions = list(sessions)
        super().end_sessions(sessions)
        if sessions:
            note("session.ended", context.request.user, sessions=len(sessions))
