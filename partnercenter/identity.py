"""Signing in and out, and every change of a password or factor, go into the log."""

from collections.abc import Iterable
from typing import Any

from allauth.core import context
from allauth.usersessions.adapter import DefaultUserSessionsAdapter
from allauth.usersessions.models import UserSession

from activity.services import record
from core import clock, tenancy
from org import adapters
from org.models import Member, User


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


class SessionsAdapter(DefaultUserSessionsAdapter):
    def end_sessions(self, sessions: Iterable[UserSession]) -> None:
        sessions = list(sessions)
        super().end_sessions(sessions)
        if sessions:
            note("session.ended", context.request.user, sessions=len(sessions))
