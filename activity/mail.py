"""Sends the e-mails of the outbox through the mail server of the settings (EMAIL_URL)."""

import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from smtplib import SMTPRecipientsRefused, SMTPResponseException

from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend

from . import letters, outbox
from .letters import message_id
from .models import AccountMail, Notification
from .outbox import MOST_ATTEMPTS, Mail

log = logging.getLogger(__name__)


def send_waiting(*, now: Callable[[], datetime]) -> int:
    """Send the e-mails that are due; returns how many went out. Stops while no server answers."""
    sent, connection = 0, get_connection()
    try:
        while mail := outbox.claim(at=now()):
            sent += _send(mail, connection, now)
    except Unreachable:
        log.warning("no mail server answers: the rest waits")
    finally:
        with suppress(Exception):
            connection.close()
    return sent


class Unreachable(Exception):
    """No mail server answers: what was not claimed yet waits."""


def _send(mail: Mail, connection: BaseEmailBackend, now: Callable[[], datetime]) -> bool:
    # One claim too many means that the worker of the last attempt was killed while sending.
    if isinstance(mail, AccountMail) and mail.mail_attempts > MOST_ATTEMPTS:
        outbox.settle(mail, Notification.Mail.FAILED, at=now())
        return False
    try:
        connection.open()
    except Exception as error:
        _note_failure(mail, error, at=now())
        raise Unreachable from error
    try:
        letters.message(mail, connection).send()
    except Exception as error:  # a server has many ways to say no; none may stop the rest
        _note_failure(mail, error, at=now())
        with suppress(Exception):
            connection.close()  # it may be broken; the next message opens another
        return False
    outbox.settle(mail, Notification.Mail.SENT, at=now())
    return True


def _note_failure(mail: Mail, error: Exception, *, at: datetime) -> None:
    row = mail if isinstance(mail, AccountMail) else mail.leader
    what = describe(error)
    log.warning("mail %s, attempt %s: %s", message_id(mail), row.mail_attempts, what)
    if row.mail_attempts >= MOST_ATTEMPTS or refuses_for_good(error):
        outbox.settle(mail, Notification.Mail.FAILED, at=at, error=what)


def refuses_for_good(error: Exception) -> bool:
    """Whether the server knows no such recipient: no later attempt changes that."""
    if not isinstance(error, SMTPRecipientsRefused):
        return False
    return all(500 <= code < 600 for code, _text in error.recipients.values())


def describe(error: Exception) -> str:
    """The kind of failure and the server's number; its words may name the person."""
    codes: list[int] = []
    if isinstance(error, SMTPRecipientsRefused):
        codes = [code for code, _text in error.recipients.values()]
    elif isinstance(error, SMTPResponseException):
        codes = [error.smtp_code]
    return " ".join([type(error).__name__, *map(str, codes)])[:100]
