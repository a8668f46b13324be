"""The outbox: which e-mail goes next, and what became of it.

A mail is claimed and committed before it is sent. Two workers never claim one at once: whoever
looks at a member's notifications holds the member, others look at another one meanwhile. A worker
that is killed loses nothing, because the claim runs out. So an e-mail may come twice but never not
at all; its Message-ID is made from the row, by which a duplicate is recognised.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from core import tenancy
from org.models import Member

from .kinds import COMPULSORY, MailChoice
from .models import AccountMail, NoticeSettings, Notification
from .rules import MOST_AN_HOUR, after_quiet

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
_HOUR = timedelta(hours=1)
# What was mailed within the hour was told within these days: a day's wait for the digest, another
# for the quiet hours, and all attempts are over by then.
_LONGEST_WAY = timedelta(days=4)


@dataclass(frozen=True)
class Letter:
    """One e-mail to a member: what it tells, and the notification that leads it."""

    leader: Notification
    notifications: list[Notification]
    language: str

    @property
    def member(self) -> Member:
        return self.leader.member


Mail = Letter | AccountMail


def claim(*, at: datetime) -> Mail | None:
    """The next mail that is due, until its next attempt nobody else's; None: nothing is due.

    Accounts first: somebody waits for a code, nobody for a morning's notices.
    """
    return _claim_account_mail(at) or _claim_letter(at)


def settle(mail: Mail, state: str, *, at: datetime, error: str = "") -> None:
    """Sent, or given up. Nothing of an account's mail stays."""
    with tenancy.vendor():
        if isinstance(mail, AccountMail):
            AccountMail.objects.filter(pk=mail.pk).delete()
        else:
            _settle([mail.leader], state, error=error, sent_at=at)


# ---- mails about accounts ----


def _claim_account_mail(at: datetime) -> AccountMail | None:
    with tenancy.vendor():
        # A code that ran out helps nobody, and is kept no longer than needed.
        AccountMail.objects.filter(good_until__lte=at).delete()
        due = AccountMail.objects.filter(mail_next_at__lte=at).order_by("mail_next_at", "pk")
        mail = due.select_for_update(no_key=True, skip_locked=True).first()
        if mail:
            _begin_attempt(mail, at)
        return mail


def _begin_attempt(row: AccountMail | Notification, at: datetime) -> None:
    row.mail_attempts += 1
    row.mail_next_at = at + WAITS[min(row.mail_attempts, len(WAITS)) - 1]
    row.save(update_fields=["mail_attempts", "mail_next_at"])


# ---- letters to members ----


def _claim_letter(at: datetime) -> Letter | None:
    """Looks at one member after the other: what is due becomes a letter, waits on, or goes."""
    letter, due = None, True
    while due and not letter:
        with tenancy.vendor():
            member = _somebody_due(at)
            due = member is not None
            if member:
                letter = _letter_to(member, at)
    return letter


def _somebody_due(at: datetime) -> Member | None:
    """The member who has waited longest, held. One whom another worker holds is skipped."""
    due = Notification.objects.to_mail().filter(mail_next_at__lte=at)
    first = (
        due.select_related("member__user", "member__partner")
        .order_by("mail_next_at", "pk")
        .select_for_update(of=("member",), no_key=True, skip_locked=True)
        .first()
    )
    return first.member if first else None


def _letter_to(member: Member, at: datetime) -> Letter | None:
    waiting = Notification.objects.to_mail().filter(member=member)
    due = list(waiting.filter(mail_next_at__lte=at).order_by("created_at", "pk"))
    chosen = NoticeSettings.of(member)
    if not can_be_mailed(member):
        _settle(due, Notification.Mail.NONE)
        return None
    if begun := next((each for each in due if each.mail_attempts), None):
        others = waiting.filter(mail_with=begun.pk).order_by("created_at", "pk")
        return _again(begun, others, chosen, at)
    return _first_time(due, chosen, at)


def can_be_mailed(member: Member) -> bool:
    """Not who lost the address or the place meanwhile."""
    working = member.is_active and member.user.is_active and member.partner.is_active
    return working and bool(member.user.email)


def _again(
    leader: Notification, others: Iterable[Notification], chosen: NoticeSettings, at: datetime
) -> Letter | None:
    """A letter that was not delivered: the same once more, without what is over meanwhile."""
    if leader.mail_attempts >= MOST_ATTEMPTS:  # the worker of the last attempt was killed
        _settle([leader], Notification.Mail.FAILED)
        return None
    wanted = [each for each in (leader, *others) if _is_wanted(each, chosen)]
    if not wanted:
        _settle([leader], Notification.Mail.NONE)
        return None
    not_before = at if leader.is_compulsory else after_quiet(at, chosen.quiet)
    if not_before > at:
        _postpone([leader], not_before)
        return None
    return _letter(leader, wanted, chosen, at)


def _first_time(due: list[Notification], chosen: NoticeSettings, at: datetime) -> Letter | None:
    """All that may go now goes in one letter; what concerns security goes at once and alone."""
    _settle([each for each in due if not _is_wanted(each, chosen)], Notification.Mail.NONE)
    wanted = [each for each in due if _is_wanted(each, chosen)]
    if alone := next((each for each in wanted if each.is_compulsory), None):
        return _letter(alone, [alone], chosen, at)
    ready = []
    for each in wanted:
        if (not_before := chosen.goes_at(each, at)) > at:
            _postpone([each], not_before)
        else:
            ready.append(each)
    if ready and (enough_until := _has_had_enough_until(ready[0].member_id, at)):
        _postpone(ready, enough_until)
        return None
    return _letter(ready[0], ready, chosen, at) if ready else None


def _is_wanted(notification: Notification, chosen: NoticeSettings) -> bool:
    off = chosen.choice(notification.kind) == MailChoice.OFF
    return notification.closed_at is None and not off


def _has_had_enough_until(member_id: int, at: datetime) -> datetime | None:
    """When the member may have the next e-mail, who had as many as an hour may bring."""
    sent = Notification.objects.filter(
        member_id=member_id,
        created_at__gt=at - _LONGEST_WAY,
        mail_state=Notification.Mail.SENT,
        mail_with__isnull=True,
        mail_sent_at__gt=at - _HOUR,
    ).exclude(kind__in=COMPULSORY)
    times = sent.order_by("-mail_sent_at").values_list("mail_sent_at", flat=True)
    last = [time for time in times if time]
    return last[MOST_AN_HOUR - 1] + _HOUR if len(last) >= MOST_AN_HOUR else None


def _letter(
    leader: Notification, wanted: list[Notification], chosen: NoticeSettings, at: datetime
) -> Letter:
    others = [each.pk for each in wanted if each is not leader]
    Notification.objects.filter(pk__in=others).update(mail_with=leader.pk, mail_next_at=None)
    _begin_attempt(leader, at)
    leader.member = chosen.member
    return Letter(leader, wanted, chosen.language)


def _postpone(notifications: list[Notification], until: datetime) -> None:
    pks = [each.pk for each in notifications]
    Notification.objects.filter(pk__in=pks).update(mail_next_at=until)


def _settle(
    leaders: list[Notification], state: str, *, error: str = "", sent_at: datetime | None = None
) -> None:
    """These and what goes with them."""
    pks = [each.pk for each in leaders]
    rows = Notification.objects.to_mail().filter(Q(pk__in=pks) | Q(mail_with__in=pks))
    rows.update(
        mail_state=state,
        mail_next_at=None,
        mail_error=error,
        mail_sent_at=sent_at if state == Notification.Mail.SENT else None,
    )
