"""What an e-mail says: plain text and simple HTML, in the language of who gets it."""

from dataclasses import dataclass
from email.utils import parseaddr
from hashlib import sha256

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from .models import AccountMail, Notification
from .outbox import Letter, Mail
from .texts import told

MOST_TOLD = 50  # in one e-mail; the rest is on the page


@dataclass(frozen=True)
class Item:
    """One thing that an e-mail tells; `link` is empty where the site's address is not known."""

    title: str
    body: str
    link: str

    def __str__(self) -> str:
        return "\n".join(part for part in (self.title, self.body, self.link) if part)


def message(mail: Mail, connection: BaseEmailBackend | None = None) -> EmailMultiAlternatives:
    if isinstance(mail, AccountMail):
        return _account_message(mail, connection)
    with translation.override(mail.language):
        return _member_message(mail, connection)


def message_id(mail: Mail | Notification) -> str:
    """The same for every attempt, and another for every mail."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    if isinstance(mail, AccountMail):
        kind, pk, cause = "account", mail.pk, f"{mail.to}:{mail.good_until.timestamp()}"
    else:
        leader = mail.leader if isinstance(mail, Letter) else mail
        kind, pk, cause = "notification", leader.pk, f"{leader.member_id}:{leader.key}"
    return f"<{kind}-{pk}.{sha256(cause.encode()).hexdigest()[:24]}@{domain}>"


def framed(
    to: str,
    subject: str,
    text: str,
    items: list[Item],
    *,
    foot: list[str],
    connection: BaseEmailBackend | None = None,
) -> EmailMultiAlternatives:
    """An e-mail of ours. It asks programs that answer by themselves not to."""
    made = EmailMultiAlternatives(
        subject=" ".join(subject.split()),
        body=text,
        to=[to],
        headers={"Auto-Submitted": "auto-generated"},
        connection=connection,
    )
    words = {"subject": subject, "items": items, "foot": foot, "site": settings.PUBLIC_URL}
    made.attach_alternative(render_to_string("activity/mail.html", words), "text/html")
    return made


def _account_message(
    mail: AccountMail, connection: BaseEmailBackend | None
) -> EmailMultiAlternatives:
    items = [Item("", mail.body, "")]
    made = framed(mail.to, mail.subject, mail.body, items, foot=[], connection=connection)
    made.extra_headers["Message-ID"] = message_id(mail)
    return made


def _member_message(letter: Letter, connection: BaseEmailBackend | None) -> EmailMultiAlternatives:
    items = [_item(each) for each in letter.notifications[:MOST_TOLD]]
    number = len(letter.notifications)
    subject = items[0].title if number == 1 else _("您有 %(n)d 条新消息") % {"n": number}
    foot = _foot(number)
    text = "\n\n".join([*map(str, items), "--", *foot])
    address = letter.member.user.email or ""
    made = framed(address, subject, text, items, foot=foot, connection=connection)
    made.extra_headers["Message-ID"] = message_id(letter)
    return made


def _item(notification: Notification) -> Item:
    said = told(notification.kind, notification.params)
    return Item(" ".join(said.title.split()), said.body, link_to(said.url))


def _foot(number: int) -> list[str]:
    """What follows: the rest of a long e-mail, and where to change what is mailed."""
    more = number - MOST_TOLD
    rest = [_("其余 %(n)d 条请在站内信中查看。") % {"n": more}] if more > 0 else []
    words = _("在“我的账号 > 消息设置”中可以更改哪些消息发送邮件。")
    return [*rest, " ".join(filter(None, [words, link_to(reverse("activity:notice_settings"))]))]


def link_to(path: str) -> str:
    """A page's address in an e-mail; empty where the site's own is not known."""
    return f"{settings.PUBLIC_URL}{path}" if settings.PUBLIC_URL and path else ""
