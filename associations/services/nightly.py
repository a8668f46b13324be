"""What the night does: ends what nobody answered, notes what the vendor associated."""

from datetime import datetime

from django.db import connection

from activity.services import record
from core import tenancy

from ..models import AssociationChange
from .changes import settle_over
from .telling import tell_escalated, tell_over

# Associations that came by file or mapping, and endings that nobody asked for here: one record
# each. Set-based, and a second run finds nothing more.
_JOINED = """
INSERT INTO associations_associationchange (partner_id, customer_id, cloud_account_id, kind,
    initiator, type_before, type_after, reason, state, asked_at, comment, done_at, effects)
SELECT c.partner_id, c.id, c.cloud_account_id, 'join', 'vendor', '', c.association_type, '', 'done',
    c.associated_at, '', c.associated_at, '[]'
FROM customers_customer c
WHERE NOT EXISTS (SELECT FROM associations_associationchange a
    WHERE a.customer_id = c.id AND a.kind = 'join')
ON CONFLICT DO NOTHING
"""
_LEFT = """
INSERT INTO associations_associationchange (partner_id, customer_id, cloud_account_id, kind,
    initiator, type_before, type_after, reason, state, asked_at, comment, done_at, effects)
SELECT c.partner_id, c.id, c.cloud_account_id, 'leave', 'vendor', c.association_type, '', '',
    'done', c.disassociated_at, '', c.disassociated_at, '[]'
FROM customers_customer c
WHERE c.disassociated_at IS NOT NULL AND NOT EXISTS (
    SELECT FROM associations_associationchange a
    WHERE a.customer_id = c.id AND a.kind = 'leave' AND a.state = 'done')
"""


def note_associations(*, at: datetime) -> int:
    """客户关联 and 解除关联 of the vendor's side, as records; returns how many were missing."""
    with tenancy.vendor(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('associations.note'))")
        made = 0
        for statement in (_JOINED, _LEFT):
            cursor.execute(statement)
            made += cursor.rowcount
        return made


def end_unanswered(*, at: datetime) -> int:
    """已失效 where a customer did not answer; where a partner did not, the vendor may decide from
    now on, and the customer is told. Returns how many."""
    with tenancy.vendor():
        due = AssociationChange.objects.filter(
            state__in=AssociationChange.WAITING, answer_by__lte=at, escalated_at__isnull=True
        )
        ids = list(due.order_by("pk").values_list("pk", flat=True))
    return sum(_end(pk, at=at) for pk in ids)


def _end(pk: int, *, at: datetime) -> bool:
    with tenancy.vendor():
        change = AssociationChange.objects.lock(pk)
        if not change.is_waiting or change.escalated_at:
            return False
        waits_for_partner = change.state == AssociationChange.State.WAITS_FOR_PARTNER
        if waits_for_partner:
            change.mark_escalated(at=at)
            verb = "association.escalated"
        else:
            change.mark_expired(at=at)
            settle_over(change, at=at)
            verb = "association.expired"
        record(
            verb,
            change,
            by=None,
            at=at,
            partner_id=change.partner_id,
            customer_id=change.customer_id,
            after={"change": change.kind},
        )
        (tell_escalated if waits_for_partner else tell_over)(change, at=at)
        return True
