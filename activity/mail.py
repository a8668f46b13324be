"""Sends the e-mails of notifications and accounts. Their own rows are the outbox.

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
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db.models import QuerySet
from django.utils import translation

from core import tenancy

from .models import AccountMail, Notification
from .texts import told

log = logging.getLogger(__name__)
Mail = Notification | AccountMail

MOST_ATTEMPTS = 6
# Until the next attempt after the first, second, …: three within the ten minutes that a code is
# good for, and about fifteen hours in all, a night included.
WAITS = (
    timedelta(minutes=2),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=3),
    timedelta(hours=12),
    timedelta(hours=12),
)
BATCH = 10  # claimed at once: what a worker sends well within the first wait, however slow


def send_waiting(*, at: datetime) -> int:
    """Send the e-mails that are due; returns how many went out. Stops while no server answers."""
    sent = 0
    for batch in _batches(at):
        connection = get_connection()
        try:
            for mail in batch:
                sent += _send(mail, connection)
        except Unreachable:
            break
        finally:
            with suppress(Exception):
                connection.close()
    return sent


def message_id(mail: Mail) -> str:
    """The same for every attempt, and another for every mail."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    if isinstance(mail, AccountMail):
        kind, cause = "account", f"{mail.to}:{mail.good_until.timestamp()}"
    else:
        kind, cause = "notification", f"{mail.member_id}:{mail.key}"
    return f"<{kind}-{mail.pk}.{sha256(cause.encode()).hexdigest()[:24]}@{domain}>"


# ---- the outbox ----


def _batches(at: datetime) -> Iterator[list[Mail]]:
    """Accounts first: somebody waits for a code, nobody for a morning's notices."""
    _forget_overdue(at)
    notifications = Notification.objects.to_mail().select_related("member__user", "member__partner")
    while batch := _claim(AccountMail.objects.all(), at) or _claim(notifications, at):
        yield batch


def _forget_overdue(at: datetime) -> None:
    """A code that ran out helps nobody, and is kept no longer than needed."""
    with tenancy.vendor():
        AccountMail.objects.filter(good_until__lte=at).delete()


def _claim(waiting: QuerySet[Any], at: datetime) -> list[Mail]:
    """Take some due rows; whoever else looks meanwhile skips them, and later finds them not due."""
    with tenancy.vendor():
        due = waiting.filter(mail_next_at__lte=at).order_by("mail_next_at", "pk")
        claimed = list(due.select_for_update(of=("self",), skip_locked=True)[:BATCH])
        for row in claimed:
            row.mail_attempts += 1
            row.mail_next_at = at + WAITS[min(row.mail_attempts, len(WAITS)) - 1]
        waiting.model.objects.bulk_update(claimed, ["mail_attempts", "mail_next_at"])
        return claimed


def _settle(mail: Mail, state: str) -> None:
    """Sent, or given up. Nothing of an account's mail stays."""
    with tenancy.vendor():
        if isinstance(mail, AccountMail):
            AccountMail.objects.filter(pk=mail.pk).delete()
        else:
            waiting = Notification.objects.to_mail().filter(pk=mail.pk)
            waiting.update(mail_state=state, mail_next_at=None)


# ---- sending ----


class Unreachable(Exception):
    """No mail server answers: the rest of what was claimed waits for its next attempt."""


def _send(mail: Mail, connection: BaseEmailBackend) -> bool:
    address = _address(mail)
    if not address:
        _settle(mail, Notification.Mail.NONE)
        return False
    # One claim too many means that the worker of the last attempt was killed while sending.
    if mail.mail_attempts > MOST_ATTEMPTS:
        _settle(mail, Notification.Mail.FAILED)
        return False
    try:
        connection.open()
    except Exception as error:
        _note_failure(mail, error)
        raise Unreachable from error
    try:
        _message(mail, address, connection).send()
    except Exception as error:  # a server has many ways to say no; none may stop the rest
        _note_failure(mail, error)
        with suppress(Exception):
            connection.close()  # it may be broken; the next message opens another
        return False
    _settle(mail, Notification.Mail.SENT)
    return True


def _address(mail: Mail) -> str:
    """Where to; nobody, when the person lost the address or the place meanwhile."""
    if isinstance(mail, AccountMail):
        return mail.to
    member = mail.member
    working = member.is_active and member.user.is_active and member.partner.is_active
    return (member.user.email or "") if working else ""


def _note_failure(mail: Mail, error: Exception) -> None:
    attempts = mail.mail_attempts
    log.warning("mail %s, attempt %s: %s", message_id(mail), attempts, type(error).__name__)
    if attempts >= MOST_ATTEMPTS:
        _settle(mail, Notification.Mail.FAILED)


def _message(mail: Mail, address: str, connection: BaseEmailBackend) -> EmailMessage:
    if isinstance(mail, AccountMail):
        subject, body = mail.subject, mail.body
    else:
        subject, body = _words(mail)
    return EmailMessage(
        subject=subject,
        body=body,
        to=[address],
        headers={"Message-ID": message_id(mail)},
        connection=connection,
    )


def _words(notification: Notification) -> tuple[str, str]:
    """Subject and body."""
    with translation.override(settings.LANGUAGE_CODE):
        text = told(notification.kind, notification.params)
    link = f"{settings.PUBLIC_URL}{text.url}" if settings.PUBLIC_URL and text.url else ""
    body = "\n\n".join(part for part in (text.body or text.title, link) if part)
    return " ".join(text.title.split()), body
