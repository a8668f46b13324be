"""Who hears that orders wait for the partner: main account and finance, once for what came."""

from datetime import datetime

from activity.bulk import notify_selected
from activity.services import close_notices

from .models import Order

# Of the rows that just came in (services.py); the newest wish names what was told.
_WAITING = """
    SELECT w.partner_id, m.id AS member_id,
        'orders.waiting:' || to_char(w.asked_at AT TIME ZONE 'UTC', 'YYYYMMDDHH24MISSUS') AS key,
        jsonb_build_object('n', w.n) AS params
    FROM (
        SELECT o.partner_id, count(*) AS n, max(o.proxy_asked_at) AS asked_at
        FROM billing_order o JOIN billing_facts f ON f.number = o.number
        WHERE o.status = 6 AND o.proxy_state = 'waiting' GROUP BY o.partner_id
    ) w
    JOIN org_member m ON m.partner_id = w.partner_id AND m.is_active
        AND m.roles && ARRAY['partner_admin', 'finance']::varchar[]
"""
_CAUSE = "'orders.waiting:' || t.partner_id"


def tell_waiting(*, at: datetime) -> int:
    return notify_selected(_WAITING, {}, kind="orders.waiting", at=at, cause=_CAUSE)


def close_if_none_waits(partner_id: int, *, at: datetime) -> None:
    if not Order.objects.waiting().filter(partner=partner_id).exists():
        close_notices(f"orders.waiting:{partner_id}", at=at)
