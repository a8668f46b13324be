"""What happened is recorded, and who should know is told, in the transaction of the fact."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import translation

from core import request_context
from org.models import Member, Partner, User

from .models import AccountMail, Activity, Notification
from .texts import told
from .verbs import masked

Actor = Member | User | None


def record(
    verb: str,
    subject: models.Model | None = None,
    *,
    by: Actor,
    at: datetime,
    partner: Partner | None = None,
    partner_id: int | None = None,
    customer_id: int | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> Activity:
    """Write one line of the log.

    Args:
        verb: `noun.participle`, with a sentence in activity/verbs.py.
        by: the acting member, a vendor's user, or None for the system.
        partner, partner_id: whose log the line belongs to; None for the vendor's own.
        customer_id: the customer for whom it was done.
        before, after: what changed; personal fields (activity/verbs.py) are masked.
    """
    context = request_context.current()
    member = by if isinstance(by, Member) else None
    line = Activity(
        verb=verb,
        partner_id=partner.pk if partner else partner_id or (member.partner_id if member else None),
        user_id=member.user_id if member else getattr(by, "pk", None),
        member=member,
        at=at,
        subject_type=subject._meta.label_lower if subject else "",
        subject_id=subject.pk if subject else None,
        customer_id=customer_id,
        before=masked(before or {}),
        after=masked(after or {}),
        request_id=context.request_id if context else "",
        address=context.address if context else None,
        session=context.session() if context else "",
    )
    line.save(force_insert=True)
    return line


def notify(
    members: Iterable[Member],
    kind: str,
    *,
    key: str,
    at: datetime,
    mail: bool = False,
    **params: Any,
) -> None:
    """Tell members something once; `key` names the fact, `kind` the text (activity/texts.py)."""
    state = Notification.Mail.WAITING if mail else Notification.Mail.NONE
    Notification.objects.bulk_create(
        [
            Notification(
                partner_id=member.partner_id,
                member=member,
                kind=kind,
                key=key,
                params=params,
                created_at=at,
                mail_state=state,
                mail_next_at=at if mail else None,
            )
            for member in members
        ],
        ignore_conflicts=True,
    )


def mail_account(
    address: str, subject: str, body: str, *, at: datetime, good_for: timedelta
) -> None:
    """Post an e-mail about an account; it is sent by a worker, or forgotten after `good_for`."""
    AccountMail.objects.create(
        to=address, subject=subject, body=body, good_until=at + good_for, mail_next_at=at
    )


def tell_address(address: str, kind: str, *, at: datetime, **params: Any) -> None:
    """Tell by e-mail whoever reads an address: one without a place, or one that was changed."""
    with translation.override(settings.LANGUAGE_CODE):
        text = told(kind, params)
    mail_account(address, text.title, text.body, at=at, good_for=timedelta(days=1))


def read_notification(notification: Notification, *, at: datetime) -> None:
    """Opened by its member; the first time counts."""
    Notification.objects.unread().filter(pk=notification.pk).update(read_at=at)


def read_all_notifications(member: Member, *, at: datetime) -> int:
    """全部已读. Returns how many were unread."""
    return Notification.objects.visible_to(member).unread().update(read_at=at)
