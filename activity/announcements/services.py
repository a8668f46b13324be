"""Acts on announcements. The vendor writes, publishes and withdraws; a member reads."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.template.defaultfilters import urlize
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.text import normalize_newlines
from django.utils.translation import gettext as _

from activity.services import Actor, record
from core.clock import day_of
from core.refusals import InvalidTransition, Refused
from org.models import Member, User

from .models import Announcement, AnnouncementRead

# What is said: a change of it is a new revision. Where and how long it is shown is not.
SAID = ("title", "body", "title_en", "body_en", "level")
WHERE = ("kinds", "roles", "partner_ids", "starts_on", "ends_on", "pinned")
_IN_LOG = ("title", "level", *WHERE)  # bodies would fill it


@transaction.atomic
def create_announcement(*, by: User, at: datetime, **facts: Any) -> Announcement:
    """起草公告. Nobody sees it before it is published."""
    draft = Announcement(created_at=at, created_by=by, **facts)
    _check(draft)
    draft.save()
    record("announcement.created", draft, by=by, at=at, after=_logged(draft))
    return draft


@transaction.atomic
def change_announcement(
    announcement: Announcement, *, by: Actor, at: datetime, **facts: Any
) -> Announcement:
    """修改公告. A published text that says something else is unread again, and says 已更新."""
    row = Announcement.objects.lock(announcement.pk)
    if row.state == Announcement.State.WITHDRAWN:
        raise InvalidTransition(_("该公告已撤回，不能修改。"))
    changed = {name for name, value in facts.items() if getattr(row, name) != value}
    if not changed:
        raise Refused(_("没有需要保存的修改。"))
    before = _logged(row)
    for name in changed:
        setattr(row, name, facts[name])
    _check(row)
    if row.state == Announcement.State.PUBLISHED and changed & set(SAID):
        row.revision += 1
        row.revised_at = at
    row.save()
    record("announcement.changed", row, by=by, at=at, before=before, after=_logged(row))
    return row


@transaction.atomic
def publish_announcement(announcement: Announcement, *, by: Actor, at: datetime) -> None:
    """发布公告: from now on, or from its first day, its audience sees it."""
    row = Announcement.objects.lock(announcement.pk)
    if row.ends_on and row.ends_on < day_of(at):
        raise Refused(_("结束日期已过，请先修改。"))
    reached = row.audience().count()
    if not reached:
        raise Refused(_("没有人会看到此公告，请检查受众。"))
    row.mark_published(at=at)
    record("announcement.published", row, by=by, at=at, after={**_logged(row), "people": reached})


@transaction.atomic
def withdraw_announcement(announcement: Announcement, *, by: Actor, at: datetime) -> None:
    """撤回公告: nobody sees it any more, from the next request on."""
    row = Announcement.objects.lock(announcement.pk)
    row.mark_withdrawn(at=at)
    record("announcement.withdrawn", row, by=by, at=at, after={"title": row.title})


def read_announcement(announcement: Announcement, *, by: Member, at: datetime) -> None:
    """A member has this revision before him. Not in the log: it is no business fact."""
    _note_read([announcement], by=by, at=at)


def read_all_announcements(member: Member, *, at: datetime) -> int:
    """全部已读, of those that are up. Returns how many were unread."""
    unread = list(Announcement.objects.visible_to(member).on(day_of(at)).unread())
    _note_read(unread, by=member, at=at)
    return len(unread)


def _note_read(announcements: Iterable[Announcement], *, by: Member, at: datetime) -> None:
    AnnouncementRead.objects.bulk_create(
        (
            AnnouncementRead(
                partner_id=by.partner_id,
                member=by,
                announcement=each,
                revision=each.revision,
                read_at=at,
            )
            for each in announcements
        ),
        update_conflicts=True,
        unique_fields=["member", "announcement"],
        update_fields=["revision", "read_at"],
    )


def as_html(body: str) -> SafeString:
    """Plain text as paragraphs with links. Nothing that the author wrote is markup.

    Lines within a paragraph are kept by the style of `pc-prose`.
    """
    paragraphs = [p.strip("\n") for p in normalize_newlines(body).split("\n\n") if p.strip()]
    shown = ((urlize(p),) for p in paragraphs)
    return format_html_join("", "<p>{}</p>", shown)


def _check(row: Announcement) -> None:
    row.title, row.body = row.title.strip(), row.body.strip()
    if not row.title or not row.body:
        raise Refused(_("请填写标题和正文。"))
    if row.starts_on and row.ends_on and row.ends_on < row.starts_on:
        raise Refused(_("结束日期早于开始日期。"))
    if bool(row.title_en) != bool(row.body_en):
        raise Refused(_("英文标题和英文正文须同时填写或同时留空。"))


def _logged(row: Announcement) -> Mapping[str, Any]:
    values = {name: getattr(row, name) for name in _IN_LOG}
    days = {name: str(values[name]) for name in ("starts_on", "ends_on") if values[name]}
    said = {k: v for k, v in values.items() if v not in (None, [], 0)}
    return {**said, **days, "revision": row.revision}
