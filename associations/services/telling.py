"""Who is told what about a customer that comes, changes or leaves: both sides, each its words."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from activity.services import notify
from core import formats
from core.clock import day_of
from customers.accounts.services import tell_account
from customers.models import Customer
from org.models import Member

from ..models import AssociationChange, Invitation, InvitationAnswer

_LEAVE = AssociationChange.Kind.LEAVE


def _concerned(customer: Customer, *more: Member | None) -> list[Member]:
    """The partner's main account and the customer's manager: each once."""
    main = Member.objects.active().main_accounts().filter(partner_id=customer.partner_id)
    managers = [customer.account_manager] if customer.account_manager else []
    return list({member.pk: member for member in (*main, *managers, *more) if member}.values())


def _key(change: AssociationChange) -> str:
    return f"association:{change.pk}:{change.state}"


def _words(change: AssociationChange) -> dict[str, Any]:
    return {
        "change": change.pk,
        "customer": change.customer_id,
        "number": change.customer.number,
        "partner": change.partner.name,
        "reason": change.comment or change.reason,
        "until": formats.day(day_of(change.answer_by)) if change.answer_by else "",
    }


def _became(change: AssociationChange) -> str:
    """The last word of the kind: texts hold no words of another language."""
    if change.state != AssociationChange.State.DONE:
        return change.state  # rejected, expired, withdrawn, failed
    return "left" if change.kind == _LEAVE else f"switched_{change.type_after}"


def _tell_members(
    members: Iterable[Member],
    kind: str,
    change: AssociationChange,
    *,
    cause: str = "",
    at: datetime,
) -> None:
    notify(members, kind, key=_key(change), cause=cause, at=at, **_words(change))


def tell_asked(change: AssociationChange, *, at: datetime) -> None:
    """Whoever is to decide."""
    if change.state == AssociationChange.State.WAITS_FOR_CUSTOMER:
        wanted = "leave" if change.kind == _LEAVE else change.type_after
        _tell_account(change, f"account.asked_{wanted}", at=at)
        return
    cause = f"association:{change.pk}"
    members = _concerned(change.customer)
    _tell_members(members, "association.leave_asked", change, cause=cause, at=at)


def tell_over(change: AssociationChange, *, at: datetime) -> None:
    """Both: what became of it."""
    asker = Member.objects.active().filter(partner_id=change.partner_id, user=change.asked_by_id)
    members = _concerned(change.customer, asker.first())
    _tell_members(members, f"association.{_became(change)}", change, at=at)
    _tell_account(change, f"account.{_became(change)}", at=at)


def tell_escalated(change: AssociationChange, *, at: datetime) -> None:
    cause, key = f"association:{change.pk}", f"association:{change.pk}:escalated"
    members = _concerned(change.customer)
    notify(members, "association.escalated", key=key, cause=cause, at=at, **_words(change))
    tell_account(change.cloud_account_id, "account.escalated", key=key, at=at, **_words(change))


def _tell_account(change: AssociationChange, kind: str, *, at: datetime) -> None:
    tell_account(change.cloud_account_id, kind, key=_key(change), at=at, **_words(change))


# ---- invitations ----


def tell_joined(customer: Customer, invitation: Invitation, *, at: datetime) -> None:
    words: dict[str, Any] = {
        "customer": customer.pk,
        "number": customer.number,
        "partner": customer.partner.name,
    }
    key = f"association:joined:{customer.pk}"
    members = _concerned(customer, invitation.invited_by)
    notify(members, "association.joined", key=key, at=at, **words)
    tell_account(customer.cloud_account_id, "account.associated", key=key, at=at, **words)


def tell_not_joined(invitation: Invitation, answer: InvitationAnswer, *, at: datetime) -> None:
    """The inviter: the customer refused, or cannot be associated; the page says why."""
    kind = f"invitation.{answer.outcome}"
    key = f"{kind}:{answer.pk}"
    notify([invitation.invited_by], kind, key=key, at=at, invitation=invitation.pk)
