"""The one log of what is done inside customers' accounts, and the end of what runs there."""

from collections.abc import Iterable
from datetime import datetime

from activity.services import Actor, record
from core import request_context

from .models import ProxyAction, ProxySession

Kind, Result, End = ProxyAction.Kind, ProxyAction.Result, ProxySession.End


def note(
    session: ProxySession,
    kind: str,
    *,
    at: datetime,
    subject: str = "",
    result: str = Result.DONE,
    text: str = "",
) -> ProxyAction:
    """One line, in the transaction of what was done."""
    context = request_context.current()
    line = ProxyAction(
        partner_id=session.partner_id,
        customer_id=session.customer_id,
        session=session,
        operator_id=session.operator_id,
        purpose=session.purpose,
        kind=kind,
        result=result,
        subject=subject[:200],
        note=text[:200],
        at=at,
        address=context.address if context else None,
    )
    line.save(force_insert=True)
    return line


def end_session(session: ProxySession, end: str, *, by: Actor, at: datetime) -> None:
    """The session is over; a second word about it changes nothing."""
    held = ProxySession.objects.open().filter(pk=session.pk).lock_all().first()
    if held is None:
        return
    held.mark_ended(end, at=at)
    note(held, Kind.LEFT, at=at, text=str(End(end).label))
    record(
        "proxy.left",
        held,
        by=by,
        at=at,
        partner_id=held.partner_id,
        customer_id=held.customer_id,
        after={"purpose": held.purpose, "end": end},
    )


def end_sessions(sessions: Iterable[ProxySession], end: str, *, by: Actor, at: datetime) -> None:
    for session in sessions:
        end_session(session, end, by=by, at=at)
