"""Asking for a deed on a customer's resource, and carrying it out from its row."""

import logging
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from activity.services import record
from core import tenancy
from core.access import ALLOWED, Decision, denied
from core.refusals import NotAllowed, Refused
from customers.authorizations.scopes import Scope
from customers.freezing.services import frozen_how, why_frozen
from customers.proxies.log import Result, note
from customers.proxies.models import ProxySession, Purpose
from customers.proxies.services import why_over
from org.models import Member

from ..budgets.usage import why_exhausted
from ..models import Resource
from ..orders.models import Order as CustomerOrder
from ..services.resources import check_change
from .gateway import Done, Order, Unreachable, gateway
from .kinds import Kind
from .models import ResourceRequest
from .rules import MONTHS, SCOPES
from .telling import tell_customer

log = logging.getLogger(__name__)
State = ResourceRequest.State


def decide_kind(session: ProxySession, kind: str) -> Decision:
    """Whether the customer granted it, and whether this session is for it."""
    scope = SCOPES[Kind(kind)]
    if scope not in session.authorization.scopes:
        return denied(
            _("客户没有授予“%(label)s”") % {"label": Scope(scope).label}, _("可以重新申请授权")
        )
    if session.purpose == Purpose.ORDER and scope == Scope.OPERATE:
        return denied(_("代客下单时只能下单和续费"), _("请切换角色后以“代客运维”进入"))
    if session.purpose == Purpose.OPERATE and scope == Scope.ORDER:
        return denied(_("代客运维时不能下单"), _("请切换角色后以“代客下单”进入"))
    return ALLOWED


def check_session(session: ProxySession, kind: str, *, by: Member, at: datetime) -> None:
    """Raises Refused when the session is over, NotAllowed when it is not for this."""
    if over := why_over(session, by, at=at):
        raise Refused(_("代客操作已结束：%(why)s。") % {"why": ProxySession.End(over).label})
    if not (decision := decide_kind(session, kind)):
        raise NotAllowed(decision)


@transaction.atomic
def ask_request(
    session: ProxySession,
    resource: Resource,
    kind: str,
    *,
    months: int | None = None,
    by: Member,
    at: datetime,
) -> ResourceRequest:
    """Record it; a worker hands it to the gateway. Raises NotAllowed, Refused."""
    check_session(session, kind, by=by, at=at)
    if why := why_frozen(session.customer) or why_exhausted(session.customer, kind, at=at):
        raise Refused(why)
    if said := check_change(resource, kind):
        raise Refused(said)
    if kind == Kind.RENEW and months not in MONTHS:
        raise Refused(_("请选择续费时长。"))
    parameters = {"months": months} if kind == Kind.RENEW else {}
    made = request_of(session, kind, parameters, by=by, at=at)
    made.resource = resource
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError as error:  # one open deed a resource, also of two at once
        raise Refused(_("该资源已有一条执行中的操作。")) from error
    after = {"request": kind, "resource": resource.number, **parameters}
    write_asked(made, session, after=after, by=by, at=at)
    return made


def request_of(
    session: ProxySession, kind: str, parameters: dict[str, Any], *, by: Member, at: datetime
) -> ResourceRequest:
    """A request of this session, to be saved."""
    return ResourceRequest(
        partner_id=session.partner_id,
        customer_id=session.customer_id,
        session=session,
        asked_by=by,
        kind=kind,
        parameters=parameters,
        asked_at=at,
        next_at=at,
    )


def write_asked(
    made: ResourceRequest,
    session: ProxySession,
    *,
    after: dict[str, Any],
    by: Member,
    at: datetime,
) -> None:
    """A line for both sides, and one of the partner's log."""
    note(session, made.kind, at=at, subject=made.subject, result=Result.ASKED)
    record(
        "resource_request.asked",
        made,
        by=by,
        at=at,
        customer_id=session.customer_id,
        after=after,
    )


# ---- the worker ----


def run_due(*, at: datetime) -> int:
    """Carry out what is due, each by itself; returns how many were taken."""
    with tenancy.vendor():
        pks = list(
            ResourceRequest.objects.due(at).order_by("pk").values_list("pk", flat=True)[:500]
        )
    return sum(run_request(pk, at=at) for pk in pks)


def run_request(pk: int, *, at: datetime) -> bool:
    """Take the row, hand it over, write what came of it. Of two workers at once one takes it.

    A deed of an account whose owner has revoked the right meanwhile, or that was frozen, is not
    done any more.
    """
    if (row := _take(pk, at=at)) is None:
        return False
    if not row.session.authorization.is_granted:
        _fail(pk, _("客户已终止授权"), at=at)
        return True
    with tenancy.vendor():
        how = frozen_how(row.customer)
    if how:
        _fail(pk, how, at=at)
        return True
    try:
        done = gateway().carry_out(_order(row), row, at=at)
    except Refused as refusal:
        _fail(pk, str(refusal), at=at)
    except Unreachable:
        if row.is_last_try:
            _fail(pk, _("云平台没有响应，请稍后重新提交"), at=at)
    except Exception:
        log.exception("request %s failed", pk)
        if row.is_last_try:
            _fail(pk, _("执行时出错，请稍后重新提交"), at=at)
    else:
        end(pk, State.DONE, done, at=at)
    return True


def _take(pk: int, *, at: datetime) -> ResourceRequest | None:
    with tenancy.vendor():
        due = ResourceRequest.objects.due(at).filter(pk=pk)
        row = (
            due.order_by("pk")
            .select_for_update(no_key=True, skip_locked=True, of=("self",))
            .first()
        )
        if row is None:
            return None
        row.mark_running(at=at)
        joined = ResourceRequest.objects.select_related(
            "resource", "order", "customer", "session__authorization"
        )
        return joined.get(pk=pk)


def _order(row: ResourceRequest) -> Order:
    return Order(
        key=f"request-{row.pk}",
        kind=row.kind,
        account=row.customer.number,
        resource=row.resource.number if row.resource else "",
        parameters=row.parameters,
    )


def _fail(pk: int, said: str, *, at: datetime) -> None:
    end(pk, State.FAILED, Done(said), at=at)


def end(pk: int, state: str, done: Done, *, at: datetime) -> None:
    """What became of it, for both sides to read; of two words the first counts."""
    with tenancy.vendor():
        joined = ResourceRequest.objects.select_related("resource", "order", "session", "customer")
        row = joined.lock(pk)
        if not row.is_open:
            return
        made = CustomerOrder.objects.filter(customer=row.customer_id, number=done.order).first()
        row.mark_ended(state, done.said, order=made, at=at)
        result = Result.DONE if state == State.DONE else Result.FAILED
        note(row.session, row.kind, at=at, subject=row.subject, result=result, text=done.said)
        tell_customer(row, at=at)


def recent(session: ProxySession, most: int = 20) -> Any:
    """The customer's requests, newest first."""
    rows = ResourceRequest.objects.filter(customer=session.customer_id)
    joined = rows.select_related("resource", "order", "asked_by__user")
    return joined.order_by("-asked_at", "-pk")[:most]
