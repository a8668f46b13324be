"""Acts on authorisations: asked for by the partner, decided by the customer, ended by either."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from activity.services import Actor, close_notices, record
from core.access import ALLOWED, Decision, denied
from core.clock import day_of
from core.refusals import NotAllowed, Refused
from org.models import Member, User
from org.permissions import CUSTOMERS_AUTHORIZE

from ..accounts.models import AccountUser
from ..accounts.sides import between_both_sides
from ..models import Customer
from ..proxies.log import End, end_sessions
from ..proxies.models import ProxySession
from . import rules
from .letters import sign_letter
from .models import Authorization
from .rights import has_right
from .telling import cause_of, tell_asked, tell_ended, tell_granted

State = Authorization.State
_ENDED = {
    State.REFUSED: "authorization.refused",
    State.CANCELLED: "authorization.cancelled",
    State.LAPSED: "authorization.lapsed",
    State.REVOKED: "authorization.revoked",
    State.EXPIRED: "authorization.expired",
}


@dataclass(frozen=True)
class Standing:
    """What is known of a customer's authorisation: the right of its partner, what is live."""

    customer: Customer
    has_right: bool
    asked: Authorization | None
    granted: Authorization | None


def standing_of(customer: Customer, *, at: datetime) -> Standing:
    live = {row.state: row for row in Authorization.objects.live().filter(customer=customer)}
    granted = live.get(State.GRANTED)
    if granted and not granted.is_in_force(day_of(at)):
        granted = None
    return Standing(customer, has_right(customer.partner), live.get(State.ASKED), granted)


def check_customer(customer: Customer) -> Decision:
    """Only customers of 代售 and 转售 authorise their partner, while they belong to it."""
    if customer.disassociated_at:
        return denied(_("该客户已解除关联"))
    if not customer.is_resold:
        return denied(_("只有代售和转售客户可以授权伙伴代客操作"), _("可以申请切换关联类型"))
    return ALLOWED


def right_missing() -> Decision:
    return denied(_("请联系总经销商开通代客操作权限。"))


def request_pending() -> Decision:
    return denied(_("已向客户发送授权申请，请等待客户处理。"))


def decide_ask(by: Member, standing: Standing) -> Decision:
    """Whether this member may ask this customer now; a request beside a grant extends it."""
    if not (decision := by.may(CUSTOMERS_AUTHORIZE)):
        return decision
    if not (decision := check_customer(standing.customer)):
        return decision
    if not standing.has_right:
        return right_missing()
    return request_pending() if standing.asked else ALLOWED


# ---- the partner ----


@between_both_sides
def ask_authorization(
    customer: Customer,
    *,
    scopes: list[str],
    days: int | None,
    note: str,
    signs: bool,
    by: Member,
    at: datetime,
) -> Authorization:
    """申请客户授权; the customer decides within 30 days. Raises NotAllowed, Refused."""
    customer = Customer.objects.visible_to(by).lock(customer.pk)
    standing = standing_of(customer, at=at)
    if not (decision := decide_ask(by, standing)):
        may = by.may(CUSTOMERS_AUTHORIZE)
        raise NotAllowed(decision) if not may else Refused(str(decision))
    check_days(days)
    sign_letter(rules.COMMITMENT, signs=signs, by=by, at=at)
    authorization = Authorization.objects.create(
        partner_id=customer.partner_id,
        customer=customer,
        cloud_account_id=customer.cloud_account_id,
        scopes=rules.complete(scopes),
        days=days,
        note=note,
        commitment_version=rules.LETTERS[rules.COMMITMENT].version,
        asked_at=at,
        asked_by=by.user,
        answer_by=at + timedelta(days=rules.ANSWER_DAYS),
    )
    after = {"scopes": authorization.scopes, "days": days}
    _record("authorization.asked", authorization, by=by, at=at, after=after)
    tell_asked(authorization, is_extension=standing.granted is not None, at=at)
    return authorization


def check_days(days: int | None) -> None:
    if days is not None and not 1 <= days <= rules.LONGEST:
        raise Refused(_("授权天数须在 1 至 %(most)s 之间。") % {"most": rules.LONGEST})


@between_both_sides
def cancel_request(authorization: Authorization, *, by: Member, at: datetime) -> None:
    """取消申请, while the customer has not handled it. Raises NotAllowed, InvalidTransition."""
    if not (decision := by.may(CUSTOMERS_AUTHORIZE)):
        raise NotAllowed(decision)
    row = Authorization.objects.visible_to(by).lock(authorization.pk)
    _end(row, State.CANCELLED, reason="", by=by, user=by.user, at=at)


# ---- the customer ----


@between_both_sides
def grant(
    authorization: Authorization,
    *,
    scopes: list[str],
    days: int | None,
    place: AccountUser,
    by: User,
    at: datetime,
) -> Authorization:
    """同意: as much as was asked, or less. Raises NotAllowed, InvalidTransition, Refused.

    The customer's row is held: of two answers at once, one finds the request handled.
    """
    customer = Customer.objects.filter(cloud_account_id=place.cloud_account_id).lock(
        authorization.customer_id
    )
    row = _load(authorization, place)
    if not (decision := check_customer(customer)):
        raise Refused(str(decision))
    if row.is_asked and row.answer_by <= at:
        raise Refused(_("该申请已超过处理期限。"))
    scopes = rules.complete(scopes)
    if not rules.is_within(scopes, row.scopes) or not rules.days_within(days, row.days):
        raise Refused(_("授权不能超出申请的范围和期限。"))
    former = Authorization.objects.filter(customer=customer, state=State.GRANTED).first()
    if former and row.is_asked:
        former.mark_ended(State.LAPSED, reason=_("已由新的授权代替"), by=by, at=at)
    row.mark_granted(scopes, days, expires_on=rules.last_day(days, day_of(at)), by=by, at=at)
    if former:
        former.sessions.open().update(authorization=row)
    after = {"scopes": scopes, "days": days, "version": row.letter_version}
    _record("authorization.granted", row, by=by, at=at, after=after)
    close_notices(cause_of(row), *([cause_of(former)] if former else []), at=at)
    tell_granted(row, at=at)
    return row


@between_both_sides
def refuse(
    authorization: Authorization, *, reason: str, place: AccountUser, by: User, at: datetime
) -> None:
    """拒绝, with a reason that the partner reads. Raises NotAllowed, InvalidTransition, Refused."""
    row = _load(authorization, place)
    _end(row, State.REFUSED, reason=_said(reason), by=by, user=by, at=at)


@between_both_sides
def revoke(
    authorization: Authorization, *, reason: str, place: AccountUser, by: User, at: datetime
) -> None:
    """撤销: from this moment nobody of the partner acts in the account. Raises as `refuse`."""
    row = _load(authorization, place)
    _end(row, State.REVOKED, reason=_said(reason), by=by, user=by, at=at)


def _load(authorization: Authorization, place: AccountUser) -> Authorization:
    if not (decision := place.decide_for_account()):
        raise NotAllowed(decision)
    return Authorization.objects.visible_to(place).lock(authorization.pk)


def _said(reason: str) -> str:
    if not (reason := reason.strip()):
        raise Refused(_("请填写原因。"))
    return reason


# ---- ends ----


@between_both_sides
def end_authorizations(customer: Customer, *, reason: str, by: Actor, at: datetime) -> int:
    """失效 with the association or its type: whatever is live. Returns how many were."""
    user = by.user if isinstance(by, Member) else by
    rows = list(Authorization.objects.live().filter(customer=customer).lock_all())
    for row in rows:
        _end(row, State.LAPSED, reason=reason, by=by, user=user, at=at)
    return len(rows)


def end_one(pk: int, state: str, *, reason: str, at: datetime) -> bool:
    """Of the night: 失效 or 到期, unless somebody was there before."""
    row = Authorization.objects.live().filter(pk=pk).lock_all().first()
    if row is None or state not in Authorization.STEPS[row.state]:
        return False
    _end(row, state, reason=reason, by=None, user=None, at=at)
    return True


def _end(
    row: Authorization, state: str, *, reason: str, by: Actor, user: User | None, at: datetime
) -> None:
    """The row ends, and with it whoever acts by it."""
    row.mark_ended(state, reason=reason, by=user, at=at)
    running = ProxySession.objects.open().filter(authorization=row)
    end_sessions(running.lock_all(), End.AUTHORIZATION, by=by, at=at)
    verb = _ENDED[State(state)]
    _record(verb, row, by=by, at=at, after={"reason": reason} if reason else {})
    close_notices(cause_of(row), at=at)
    tell_ended(row, at=at)


def _record(
    verb: str, row: Authorization, *, by: Actor, at: datetime, after: Mapping[str, object]
) -> None:
    record(
        verb,
        row,
        by=by,
        at=at,
        partner_id=row.partner_id,
        customer_id=row.customer_id,
        after=after,
    )
