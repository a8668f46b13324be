"""Sends the e-mails of notifications. The notification's own row is the outbox.

A row is claimed and committed before it is sent: two workers never send one twice at once, and a
worker that is killed loses nothing, because the claim runs out. So an e-mail may come twice but
never not at all; its Message-ID is made from the row, by which a duplicate is recognised.
"""

import logging
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from email.utils import parseaddr
from hashlib import sha256

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import translation

from core import tenancy

from .models import Notification
from .texts import told

log = logging.getLogger(__name__)

MOST_ATTEMPTS = 5
# Until the next attempt after the first, second, …: about fifteen hours in all, a night included.
WAITS = (
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=3),
    timedelta(hours=12),
    timedelta(hours=12),
)
BATCH = 20  # claimed at once: what a worker sends well within the first wait, however slow


def send_waiting(*, at: datetime) -> int:
    """Send the e-mails that are due; returns how many went out. Stops while no server answers."""
    sent = 0
    for batch in _batches(at):
        connection = get_connection()
        try:
            for notification in batch:
                sent += _send(notification, connection)
        except Unreachable:
            break
        finally:
            with suppress(Exception):
                connection.close()
    return sent


def message_id(notification: Notification) -> str:
    """The same for every attempt, and another for every notification."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    digest = sha256(f"{notification.member_id}:{notification.key}".encode()).hexdigest()[:24]
    return f"<notification-{notification.pk}.{digest}@{domain}>"


# ---- the outbox ----


def _batches(at: datetime) -> Iterator[list[Notification]]:
    while batch := _claim(at):
        yield batch


def _claim(at: datetime) -> list[Notification]:
    """Take some due rows; whoever else looks meanwhile skips them, and later finds them not due."""
    with tenancy.vendor():
        due = Notification.objects.to_mail().filter(mail_next_at__lte=at)
        rows = due.select_for_update(of=("self",), skip_locked=True).select_related(
            "member__user", "member__partner"
        )
        claimed = list(rows.order_by("mail_next_at", "pk")[:BATCH])
        for row in claimed:
            row.mail_attempts += 1
            row.mail_next_at = at + WAITS[min(row.mail_attempts, len(WAITS)) - 1]
        Notification.objects.bulk_update(claimed, ["mail_attempts", "mail_next_at"])
        return claimed


def _settle(notification: Notification, state: str) -> None:
    with tenancy.vendor():
        waiting = Notification.objects.to_mail().filter(pk=notification.pk)
        waiting.update(mail_state=state, mail_next_at=None)


# ---- sending ----


class Unreachable(Exception):
    """No mail server answers: the rest of what was claimed waits for its next attempt."""


def _send(notification: Notification, connection: BaseEmailBackend) -> bool:
    address = _address(notification)
    if not address:
        _settle(notification, Notification.Mail.NONE)
        return False
    # A sixth claim means that the fifth worker was killed while sending.
    if notification.mail_attempts > MOST_ATTEMPTS:
        _settle(notification, Notification.Mail.FAILED)
        return False
    try:
        connection.open()
    except Exception as error:
        _note_failure(notification, error)
        raise Unreachable from error
    try:
        _message(notification, address, connection).send()
    except Exception as error:  # a server has many ways to say no; none may stop the rest
        _note_failure(notification, error)
        with suppress(Exception):
            connection.close()  # it may be broken; the next message opens another
        return False
    _settle(notification, Notification.Mail.SENT)
    return True


def _address(notification: Notification) -> str:
    """Where to; nobody, when the person lost the address or the place meanwhile."""
    member = notification.member
    working = member.is_active and member.user.is_active and member.partner.is_active
    return (member.user.email or "") if working else ""


def _note_failure(notification: Notification, error: Exception) -> None:
    attempts = notification.mail_attempts
    log.warning("mail %s, attempt %s: %s", notification.pk, attempts, type(error).__name__)
    if attempts >= MOST_ATTEMPTS:
        _settle(notification, Notification.Mail.FAILED)


def _message(
    notification: Notification, address: str, connection: BaseEmailBackend
) -> EmailMessage:
    with translation.override(settings.LANGUAGE_CODE):
        text = told(notification.kind, notification.params)
    link = f"{settings.PUBLIC_URL}{text.url}" if settings.PUBLIC_URL and text.url else ""
    body = "\n\n".join(part for part in (text.body or text.title, link) if part)
    return EmailMessage(
        subject=" ".join(text.title.split()),
        body=body,
        to=[address],
        headers={"Message-ID": message_id(notification)},
        connection=connection,
    )
