"""Who is told what about an authorisation: both sides, each its words."""

from datetime import datetime
from typing import Any

from activity.services import notify
from core import formats
from core.clock import day_of
from org.models import Member

from ..accounts.services import tell_account
from .models import Authorization

_TO_CUSTOMER = {"cancelled", "lapsed", "expired"}  # what it did not do by itself
_TO_PARTNER = {"refused", "revoked", "lapsed", "expired"}


def cause_of(row: Authorization) -> str:
    return f"authorization:{row.pk}"


def _concerned(row: Authorization) -> list[Member]:
    """Whoever asked, the customer's manager and the main account: each once."""
    members = Member.objects.active().filter(partner_id=row.partner_id)
    manager = row.customer.account_manager_id
    found = [
        *members.filter(user_id=row.asked_by_id),
        *members.filter(pk=manager),
        *members.main_accounts(),
    ]
    return list({member.pk: member for member in found}.values())


def _words(row: Authorization) -> dict[str, Any]:
    return {
        "authorization": row.pk,
        "customer": row.customer_id,
        "number": row.customer.number,
        "partner": row.partner.name,
        "reason": row.reason or "—",
        "until": formats.day(row.expires_on) if row.expires_on else "—",
        "answer_by": formats.day(day_of(row.answer_by)),
    }


def tell_asked(row: Authorization, *, is_extension: bool, at: datetime) -> None:
    what = "account.authorization_extension" if is_extension else "account.authorization_asked"
    tell_account(row.cloud_account_id, what, key=f"{cause_of(row)}:asked", at=at, **_words(row))


def tell_granted(row: Authorization, *, at: datetime) -> None:
    key = f"{cause_of(row)}:granted"
    notify(_concerned(row), "authorization.granted", key=key, at=at, **_words(row))
    tell_account(
        row.cloud_account_id, "account.authorization_granted", key=key, at=at, **_words(row)
    )


def tell_ended(row: Authorization, *, at: datetime) -> None:
    key = f"{cause_of(row)}:{row.state}"
    if row.state in _TO_PARTNER:
        notify(_concerned(row), f"authorization.{row.state}", key=key, at=at, **_words(row))
    if row.state in _TO_CUSTOMER:
        kind = f"account.authorization_{row.state}"
        tell_account(row.cloud_account_id, kind, key=key, at=at, **_words(row))


def tell_expiring(row: Authorization, *, at: datetime) -> None:
    """Once, seven days ahead: there is still time to ask for an extension."""
    cause = cause_of(row)
    members = _concerned(row)
    notify(
        members,
        "authorization.expiring",
        key=f"{cause}:expiring",
        cause=cause,
        at=at,
        **_words(row),
    )
