"""Telling many members at once, and recording many acts, by one statement."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection

from core import request_context
from org.models import Member, User

_TELL = """
INSERT INTO activity_notification
    (partner_id, member_id, kind, key, params, cause, created_at,
    mail_state, mail_attempts, mail_next_at)
SELECT t.partner_id, t.member_id, %(kind)s, t.key, t.params, {cause}, %(at)s,
    CASE WHEN u.email IS NOT NULL AND u.is_active AND m.is_active THEN 'waiting' ELSE 'none' END,
    0,
    CASE WHEN u.email IS NOT NULL AND u.is_active AND m.is_active THEN %(at)s END
FROM ({select}) t
JOIN org_member m ON m.id = t.member_id
JOIN org_user u ON u.id = m.user_id
ORDER BY t.member_id
ON CONFLICT (member_id, key) DO NOTHING
"""
_CLOSE = """
UPDATE activity_notification n SET closed_at = %(at)s
WHERE n.kind = %(kind)s AND n.closed_at IS NULL AND n.cause <> '' AND NOT EXISTS (
    SELECT FROM ({select}) t WHERE t.cause = n.cause
)
"""


def notify_selected(
    select: str, values: Mapping[str, Any], *, kind: str, at: datetime, cause: str = "''"
) -> int:
    """Tell every member that `select` names, once a key; returns how many were told.

    Args:
        select: SQL that yields partner_id, member_id, key, params (jsonb). An e-mail waits for
            those who have an address.
        cause: SQL over a row `t` of it: what the notification is about.
    """
    tell = _TELL.replace("{select}", select).replace("{cause}", cause)
    with connection.cursor() as cursor:
        cursor.execute(tell, {**values, "kind": kind, "at": at})
        return cursor.rowcount


def close_all_but(select: str, values: Mapping[str, Any], *, kind: str, at: datetime) -> int:
    """Close the open notifications of a kind that are about none of the causes which `select`
    yields as `cause`; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(_CLOSE.replace("{select}", select), {**values, "kind": kind, "at": at})
        return cursor.rowcount


_RECORD = """
INSERT INTO activity_activity
    (verb, partner_id, user_id, member_id, at, subject_type, subject_id, customer_id, before, after,
    request_id, address, session)
SELECT %(verb)s, %(partner)s, %(user)s, %(member)s, %(at)s, %(subject)s, t.id, t.customer_id,
    '{}', t.after, %(request)s, %(address)s, %(session)s
FROM ({select}) t ORDER BY t.id
"""


def record_selected(
    select: str,
    values: Mapping[str, Any],
    *,
    verb: str,
    subject_type: str,
    partner_id: int,
    by: Member | User | None,
    at: datetime,
) -> int:
    """A line of the log for each row that `select` names; returns how many.

    Args:
        select: SQL that yields id, customer_id, after (jsonb; nothing personal may stand in it).
    """
    context = request_context.current()
    member = by if isinstance(by, Member) else None
    said = {
        "verb": verb,
        "partner": partner_id,
        "user": member.user_id if member else getattr(by, "pk", None),
        "member": member.pk if member else None,
        "at": at,
        "subject": subject_type,
        "request": context.request_id if context else "",
        "address": context.address if context else None,
        "session": context.session() if context else "",
    }
    with connection.cursor() as cursor:
        cursor.execute(_RECORD.replace("{select}", select), {**values, **said})
        return cursor.rowcount
