"""代客下单 and 代客运维: stepping into a customer's account, and out of it again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from activity.services import record
from core import tenancy
from core.access import ALLOWED, Decision, denied
from core.clock import day_of
from core.refusals import NotAllowed, Refused
from org.models import Member, User
from org.permissions import CUSTOMERS_OPERATE, CUSTOMERS_ORDER

from ..accounts.sides import between_both_sides
from ..authorizations.models import Authorization
from ..authorizations.rights import has_right, right_column
from ..authorizations.scopes import Scope
from ..authorizations.services import (
    Standing,
    check_customer,
    request_pending,
    right_missing,
    standing_of,
)
from ..models import Customer
from .log import End, Kind, end_session, end_sessions, note
from .models import NEEDS, ProxySession, Purpose

PERMISSIONS = {Purpose.ORDER: CUSTOMERS_ORDER, Purpose.OPERATE: CUSTOMERS_OPERATE}
_SEEN_EVERY = timedelta(seconds=30)


def decide_enter(by: Member, standing: Standing, purpose: str) -> Decision:
    """Whether this member may act for the customer now (customers_coupons.md §9.5)."""
    wanted = Purpose(purpose)
    if not (decision := by.may(PERMISSIONS[wanted])):
        return decision
    if not (decision := check_customer(standing.customer)):
        return decision
    if not standing.has_right:
        return right_missing()
    if standing.granted is None:
        return request_pending() if standing.asked else not_authorized()
    if NEEDS[wanted] not in standing.granted.scopes:
        label = Scope(NEEDS[wanted]).label
        return denied(_("客户没有授予“%(label)s”") % {"label": label}, _("可以重新申请授权"))
    return ALLOWED


def not_authorized() -> Decision:
    return denied(_("您尚未获得该客户的授权，请先申请客户授权。"))


@between_both_sides
def enter(
    customer: Customer, purpose: str, *, reason: str, by: Member, at: datetime
) -> ProxySession:
    """进入客户账号, for one purpose; whoever was in another account leaves it.

    The authorisation is held, so that a revocation at the same moment finds the session.
    Raises NotAllowed, Refused.
    """
    customer = Customer.objects.visible_to(by).select_related("partner").lock(customer.pk)
    Authorization.objects.live().filter(customer=customer).lock_all().exists()
    standing = standing_of(customer, at=at)
    if not (decision := decide_enter(by, standing, purpose)):
        may = by.may(PERMISSIONS[Purpose(purpose)])
        raise NotAllowed(decision) if not may else Refused(str(decision))
    assert standing.granted  # or the decision had been another
    if not (reason := reason.strip()):
        raise Refused(_("请填写事由。"))
    running = ProxySession.objects.open().filter(operator=by)
    end_sessions(running.lock_all(), End.ANOTHER, by=by, at=at)
    session = ProxySession.objects.create(
        partner_id=customer.partner_id,
        customer=customer,
        authorization=standing.granted,
        operator=by,
        purpose=purpose,
        reason=reason,
        started_at=at,
        seen_at=at,
    )
    note(session, Kind.ENTERED, at=at, text=reason)
    record(
        "proxy.entered",
        session,
        by=by,
        at=at,
        customer_id=customer.pk,
        after={"purpose": purpose, "reason": reason},
    )
    return session


@dataclass(frozen=True)
class Current:
    """The session that a request brings, and why it holds no more; empty while it does."""

    session: ProxySession
    over: str

    @property
    def over_label(self) -> str:
        return str(End(self.over).label) if self.over else ""


def current(pk: int | None, by: Member, *, at: datetime, **beside: Any) -> Current | None:
    """Asked of the rows with every request, in one statement: no cache knows of a revocation.

    `beside`: columns of whoever has something else to ask.
    """
    if not pk:
        return None
    rows = ProxySession.objects.select_related("customer", "authorization")
    asked = rows.annotate(right_held=right_column(by.partner), **beside)
    session = asked.filter(pk=pk, operator=by).order_by("pk").first()
    return Current(session, why_over(session, by, at=at)) if session else None


def why_over(session: ProxySession, by: Member, *, at: datetime) -> str:
    """Empty while the session holds, else how it ended."""
    if session.ended_at:
        return session.ended_how
    authorization, customer = session.authorization, session.customer
    holds = authorization.is_in_force(day_of(at)) and check_customer(customer)
    if not holds or NEEDS[Purpose(session.purpose)] not in authorization.scopes:
        return End.AUTHORIZATION
    if not by.may(PERMISSIONS[Purpose(session.purpose)]) or not _right_holds(session, by):
        return End.RIGHTS
    if at - session.seen_at > idle_limit():
        return End.IDLE
    return ""


def _right_holds(session: ProxySession, by: Member) -> bool:
    """As the statement that found the session said, if it was asked (`current`)."""
    said: bool | None = getattr(session, "right_held", None)
    return has_right(by.partner) if said is None else said


def idle_limit() -> timedelta:
    return timedelta(minutes=settings.PROXY_IDLE_MINUTES)


def touch(session: ProxySession, *, at: datetime) -> None:
    """The operator is at it: not with every request, or each would write a row."""
    if at - session.seen_at >= _SEEN_EVERY:
        ProxySession.objects.open().filter(pk=session.pk).update(seen_at=at)


def leave(session: ProxySession, *, by: Member, at: datetime) -> None:
    """切换角色: back to one's own partner. Of a session that is over nothing is left to end."""
    end_session(session, why_over(session, by, at=at) or End.SWITCHED_BACK, by=by, at=at)


def sign_out(user: User, *, at: datetime) -> None:
    """退出登录 ends what the person has open, in whichever partner."""
    with tenancy.vendor():
        rows = ProxySession.objects.open().filter(operator__user=user)
        for session in rows.select_related("operator").lock_all():
            end_session(session, End.SIGNED_OUT, by=session.operator, at=at)


def end_unattended(*, at: datetime) -> int:
    """Of every minute: what is idle, or holds no more and nobody came back to see."""
    with tenancy.vendor():
        rows = ProxySession.objects.open().order_by("pk")
        joined = rows.select_related("customer", "authorization", "operator__partner")
        over = [(each, why) for each in joined if (why := _unattended(each, at))]
        for session, why in over:
            end_session(session, why, by=None, at=at)
        return len(over)


def _unattended(session: ProxySession, at: datetime) -> str:
    if not session.operator.is_active:
        return End.RIGHTS
    return why_over(session, session.operator, at=at)
