"""What a member has yet to read, for the frame of every page.

By hand: it is part of every page, and the ORM takes four times as long to write this statement as
the database to answer it. tests/activity/test_unread.py holds it against the querysets' own words.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import JSONField
from django.db.models.expressions import RawSQL

from org.models import Member

MOST_ANNOUNCEMENTS = 20

_SQL = """
(SELECT 0 AS id, '' AS level, '' AS title, '' AS title_en FROM activity_notification
WHERE partner_id = %(partner)s AND member_id = %(member)s
    AND read_at IS NULL AND closed_at IS NULL
LIMIT %(most)s)
UNION ALL
(SELECT a.id, a.level, a.title, a.title_en FROM activity_announcement a
WHERE a.state = 'published'
    AND (a.kinds = '{}' OR a.kinds @> ARRAY[%(kind)s]::varchar[])
    AND (a.roles = '{}' OR a.roles && %(roles)s::varchar[])
    AND (a.partner_ids = '{}' OR a.partner_ids @> ARRAY[%(partner)s]::bigint[])
    AND (a.starts_on IS NULL OR a.starts_on <= %(day)s)
    AND (a.ends_on IS NULL OR a.ends_on >= %(day)s)
    AND NOT EXISTS (
        SELECT FROM activity_announcementread r
        WHERE r.announcement_id = a.id AND r.member_id = %(member)s AND r.revision = a.revision
    )
ORDER BY a.published_at DESC LIMIT %(announcements)s)
"""


class Unread(NamedTuple):
    """A notification is only counted here: it has no level and no title."""

    pk: int
    level: str
    title: str
    title_en: str


def unread_of(member: Member, *, on: date, most: int) -> list[Unread]:
    """Up to `most` notifications, then the newest announcements that are up on that day."""
    with connection.cursor() as cursor:
        cursor.execute(_SQL, _values(member, on, most))
        return [Unread(*row) for row in cursor.fetchall()]


_PLACE = re.compile(r"%\((\w+)\)s")
_AS_COLUMN = f"(SELECT coalesce(jsonb_agg(u), '[]') FROM ({_PLACE.sub('%s', _SQL)}) u)"


def unread_column(member: Member, *, on: date, most: int) -> RawSQL:
    """The same as a column of a statement that the page makes anyway; `read_column` reads it."""
    values = _values(member, on, most)
    places = [values[name] for name in _PLACE.findall(_SQL)]
    return RawSQL(_AS_COLUMN, places, output_field=JSONField())  # noqa: S611  (no words of others)


def read_column(found: Iterable[Mapping[str, Any]]) -> list[Unread]:
    return [Unread(row["id"], row["level"], row["title"], row["title_en"]) for row in found]


def _values(member: Member, on: date, most: int) -> dict[str, Any]:
    return {
        "member": member.pk,
        "partner": member.partner_id,
        "kind": member.partner.kind,
        "roles": list(member.roles),
        "day": on,
        "most": most,
        "announcements": MOST_ANNOUNCEMENTS,
    }
