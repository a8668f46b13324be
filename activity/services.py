"""What happened is recorded, and who should know is told, in the transaction of the fact."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _

from core import request_context
from core.keeping import forget_made_before
from core.refusals import Refused
from org.models import Member, Partner, User

from .kinds import CHOSEN, MailChoice, kind_of
from .models import AccountMail, Activity, NoticeSettings, Notification
from .outbox import can_be_mailed
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
    cause: str = "",
    mail: bool = True,
    **params: Any,
) -> None:
    """Tell members something once; `key` names the fact, `kind` the text (activity/texts.py).

    Args:
        cause: what it is about; `close_notices` of the same word closes it.
        mail: whether it may go by e-mail too. The worker asks each member's settings.
    """
    state = Notification.Mail.WAITING if mail else Notification.Mail.NONE
    Notification.objects.bulk_create(
        [
            Notification(
                partner_id=member.partner_id,
                member=member,
                kind=kind,
                key=key,
                params=params,
                cause=cause,
                created_at=at,
                mail_state=state,
                mail_next_at=at if mail else None,
            )
            for member in members
        ],
        ignore_conflicts=True,
    )


def close_notices(*causes: str, at: datetime) -> int:
    """What these notifications are about is gone: they ask for nothing any more, and no e-mail
    tells them. Called by the service that ends the cause. Returns how many were open.
    """
    return Notification.objects.open_about(*causes).update(closed_at=at)


def mail_account(
    address: str, subject: str, body: str, *, at: datetime, good_for: timedelta
) -> None:
    """Post an e-mail about an account; it is sent by a worker, or forgotten after `good_for`."""
    mail_accounts([(address, subject, body)], at=at, good_for=good_for)


def mail_accounts(
    letters: Iterable[tuple[str, str, str]], *, at: datetime, good_for: timedelta
) -> None:
    """Post several, each an address, a subject and a body."""
    AccountMail.objects.bulk_create(
        AccountMail(to=to, subject=subject, body=body, good_until=at + good_for, mail_next_at=at)
        for to, subject, body in letters
    )


def tell_address(address: str, kind: str, *, at: datetime, **params: Any) -> None:
    """Tell by e-mail whoever reads an address: one without a place, or one that was changed."""
    with translation.override(settings.LANGUAGE_CODE):
        text = told(kind, params)
    mail_account(address, text.title, text.body, at=at, good_for=timedelta(days=1))


def read_notification(notification: Notification, *, at: datetime) -> None:
    """Opened by its member; the first time counts."""
    Notification.objects.filter(pk=notification.pk, read_at__isnull=True).update(read_at=at)


def read_all_notifications(member: Member, *, at: datetime) -> int:
    """全部已读. Returns how many were unread."""
    return Notification.objects.visible_to(member).unread().update(read_at=at)


def forget_old_notices(*, at: datetime) -> int:
    """清理站内信 past NOTICE_RETENTION_DAYS, but for what has yet to be mailed. How many went."""
    settled = Notification.objects.exclude(mail_state=Notification.Mail.WAITING)
    return forget_made_before(at - timedelta(days=settings.NOTICE_RETENTION_DAYS), settled)


@transaction.atomic
def choose_notices(
    member: Member,
    *,
    mail: Mapping[str, str],
    digest_hour: int,
    quiet_from: int | None,
    quiet_to: int | None,
    language: str,
    by: Member,
    at: datetime,
) -> bool:
    """消息设置: how the member wants to be told. What is as it was leaves no trace; returns
    whether anything changed.

    Args:
        mail: a MailChoice for each kind that may be chosen.
    """
    wanted = {
        "mail": {kind: mail[kind] for kind in CHOSEN if mail[kind] != kind_of(kind).mail},
        "digest_hour": digest_hour,
        "quiet_from": quiet_from,
        "quiet_to": quiet_to,
        "language": language,
    }
    if _chosen(NoticeSettings.of(member)) == wanted:
        return False
    NoticeSettings.objects.get_or_create(member=member, partner_id=member.partner_id)
    row = NoticeSettings.objects.visible_to(member).select_for_update(no_key=True).get()
    if (before := _chosen(row)) == wanted:  # somebody else's submit came first
        return False
    for name, value in wanted.items():
        setattr(row, name, value)
    row.save(update_fields=list(wanted))
    changed = [name for name in wanted if before[name] != wanted[name]]
    record(
        "notice_settings.changed",
        by=by,
        at=at,
        before=_in_log({name: before[name] for name in changed}),
        after=_in_log({name: wanted[name] for name in changed}),
    )
    return True


def _chosen(row: NoticeSettings) -> dict[str, Any]:
    names = ("mail", "digest_hour", "quiet_from", "quiet_to", "language")
    return {name: getattr(row, name) for name in names}


def _in_log(chosen: Mapping[str, Any]) -> dict[str, Any]:
    """As the log shows it: the kinds by what was chosen for them."""
    said = {name: value for name, value in chosen.items() if name != "mail"}
    for choice in MailChoice if "mail" in chosen else ():
        said[f"mail_{choice}"] = [kind for kind, its in chosen["mail"].items() if its == choice]
    return said


@transaction.atomic
def resend_mail(notification: Notification, *, by: User | None, at: datetime) -> None:
    """重新发送 of an e-mail that no attempt delivered, with all that it told. Raises Refused."""
    leader = notification.mail_with or notification.pk
    letter = Notification.objects.undeliverable().filter(Q(pk=leader) | Q(mail_with=leader))
    rows = list(letter.order_by("pk").select_for_update(no_key=True, of=("self",)))
    if not rows:
        raise Refused(_("这封邮件没有发送失败，无需重新发送。"))
    if not can_be_mailed(rows[0].member):
        raise Refused(_("接收人已停用或没有邮箱，无法发送邮件。"))
    Notification.objects.filter(pk__in=[row.pk for row in rows]).update(
        mail_state=Notification.Mail.WAITING,
        mail_attempts=0,
        mail_next_at=at,
        mail_with=None,
        mail_error="",
    )
    record("mail.requeued", notification, by=by, at=at, after={"messages": len(rows)})
