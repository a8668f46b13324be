"""Acts on frozen customers: 冻结 and 解冻 by people, and what the system does by itself."""

from datetime import datetime

from django.utils.translation import gettext as _

from activity.services import Actor
from core import formats
from core.access import ALLOWED, Decision, denied
from core.clock import day_of
from core.refusals import NotAllowed, Refused
from org.models import Member, Partner, Standing
from org.permissions import CUSTOMERS_FREEZE, CUSTOMERS_FREEZE_RESELLERS

from ..accounts.services import tell_account
from ..accounts.sides import between_both_sides
from ..models import Customer
from .models import Cause, Freeze, FreezeRecord, State
from .reach import (
    actor_of,
    ask_anew,
    decide_limit,
    granted,
    reachable,
    record_for,
    tell_members,
)
from .rules import WARN_BEFORE
from .standing import shown_state

Action = FreezeRecord.Action
FREEZES = {Action.FREEZE_ACCOUNT: State.ACCOUNT, Action.FREEZE_RESOURCES: State.RESOURCES}
_UNFREEZES = {
    State.ACCOUNT: Action.UNFREEZE_ACCOUNT,
    State.RESOURCES: Action.UNFREEZE_RESOURCES,
    State.RELEASED: Action.UNFREEZE_ACCOUNT,
}
_VERBS = {
    Action.FREEZE_ACCOUNT: "customer.frozen",
    Action.FREEZE_RESOURCES: "customer.frozen_resources",
    Action.UNFREEZE_ACCOUNT: "customer.unfrozen",
    Action.UNFREEZE_RESOURCES: "customer.unfrozen",
    Action.RELEASE: "customer.resources_released",
    Action.LIFT: "customer.unfrozen",
}


# ---- asking ----


def freeze_of(customer: Customer) -> Freeze | None:
    return Freeze.objects.filter(customer=customer).first()


def loaded_freeze(customer: Customer) -> Freeze | None:
    """The same, where the customer was loaded with it."""
    return getattr(customer, "freeze", None)


def state_now(customer: Customer) -> str:
    """A key of standing.SHOWN: what holds of it, by itself or with its partner."""
    if customer.association_type != Customer.Association.POSTPAID:
        return State.NORMAL
    rows = Customer.objects.filter(pk=customer.pk)
    own, standing = rows.values_list("freeze__state", "partner__effective_standing").get()
    return shown_state(own, customer.association_type, standing)


def frozen_how(customer: Customer) -> str:
    """What it is that keeps the customer from buying, in words; empty when nothing does."""
    state = state_now(customer)
    if state == State.NORMAL:
        return ""
    if state == Standing.RESTRICTED:
        return _("客户已随伙伴受限")
    return _("客户已随伙伴冻结") if state == Standing.FROZEN else _("客户账号已冻结")


def why_frozen(customer: Customer) -> str:
    """Why nothing is ordered, renewed or operated for this customer now; empty when it may be."""
    how = frozen_how(customer)
    return _("%(how)s，无法代客下单。") % {"how": how} if how else ""


def decide_freeze(by: Member, customer: Customer | None = None) -> Decision:
    """Whether the member may freeze and unfreeze this customer; without one, any at all."""
    may = (CUSTOMERS_FREEZE, CUSTOMERS_FREEZE_RESELLERS)
    if not (decision := decide_limit(by, *may, customer)):
        return decision
    if by.partner.is_reseller:
        grant = granted(by)
        if not (grant and grant.may_freeze):
            return denied(_("总经销商没有开放冻结客户的权限"), _("请联系总经销商"))
    return ALLOWED


def check_freeze(row: Freeze | None, action: str) -> None:
    """Raises Refused where this step is not one of the state's. Asks nothing of the database."""
    (row or Freeze()).check_step(FREEZES[Action(action)])


def check_unfreeze(row: Freeze | None, partner: Partner) -> None:
    """The same of the step back; `partner` is the customer's."""
    (row or Freeze()).check_step(State.NORMAL)
    if not (decision := decide_thaw(row, partner)):
        raise Refused(str(decision))


def decide_thaw(row: Freeze | None, partner: Partner) -> Decision:
    """Whether what is frozen may be unfrozen by now, by whoever may at all. Of a frozen partner's
    customers only accounts are ([S71]). Asks nothing of the database."""
    if row and row.state == State.RESOURCES and partner.is_frozen:
        return denied(_("伙伴已被厂商冻结，期间只能解冻账号，不能解冻资源"), _("请联系厂商"))
    if row and row.needs_budget:
        return denied(_("该客户还没有预算，请先设置预算再解冻"))
    return ALLOWED


# ---- by people ----


@between_both_sides
def freeze_customer(
    customer: Customer, action: str, *, reason: str, by: Member, at: datetime, tell: bool = True
) -> FreezeRecord:
    """冻结账号, or 冻结账号与资源. A batch tells members once for all.

    Raises NotAllowed, InvalidTransition, Refused.
    """
    customer, row = _held(customer, by)
    check_freeze(row, action)
    return _step(
        row or _new(customer, at), customer, action, Cause.MANUAL, _said(reason), by, at, tell
    )


@between_both_sides
def unfreeze_customer(
    customer: Customer, *, reason: str, by: Member, at: datetime, tell: bool = True
) -> FreezeRecord:
    """解冻账号, or 解冻账号与资源: whichever was frozen. Raises as `freeze_customer`."""
    customer, row = _held(customer, by)
    check_unfreeze(row, customer.partner)
    assert row  # or the check had refused
    return _step(row, customer, _UNFREEZES[State(row.state)], "", _said(reason), by, at, tell)


def _held(customer: Customer, by: Member) -> tuple[Customer, Freeze | None]:
    """The customer, held, and its row: who holds the customer alone takes a step."""
    customer = reachable(by).lock(customer.pk)
    ask_anew(by)
    if not (decision := decide_freeze(by, customer)):
        raise NotAllowed(decision)
    return customer, freeze_of(customer)


def _said(reason: str) -> str:
    if not (reason := reason.strip()):
        raise Refused(_("请填写原因。"))
    return reason


# ---- by the system ----


def freeze_arrival(customer: Customer, *, at: datetime) -> None:
    """Whoever comes as 转售 buys nothing until the partner has set a budget and unfreezes it.

    Called with the customer held, by the vendor's side, of flows that associate or switch.
    """
    row = freeze_of(customer) or _new(customer, at)
    row.needs_budget = True
    _step(row, customer, Action.FREEZE_ACCOUNT, Cause.ARRIVAL, _("等待设置预算"), None, at, True)
    row.save(update_fields=["needs_budget"])


def freeze_for_budget(customer: Customer, *, at: datetime) -> bool:
    """预算用尽, and its action is to freeze. What is frozen already stays as it is."""
    row = freeze_of(customer) or _new(customer, at)
    if row.is_frozen:
        return False
    _step(row, customer, Action.FREEZE_ACCOUNT, Cause.BUDGET, _("预算用尽"), None, at, True)
    return True


def note_budget(customer: Customer) -> None:
    """The customer has a budget now: whoever wishes may unfreeze it."""
    Freeze.objects.filter(customer=customer, needs_budget=True).update(needs_budget=False)


def lift_freeze(customer: Customer, *, by: Actor, at: datetime) -> None:
    """The association ends, or is 转售 no more: nothing of this partner's holds the account."""
    row = freeze_of(customer)
    if row is None or not row.is_frozen:
        return
    row.needs_budget = False
    row.save(update_fields=["needs_budget"])
    _step(row, customer, Action.LIFT, "", "", by, at, False)


def mark_released(row: Freeze, *, at: datetime) -> None:
    """After 15 days its resources are gone for good; the row is held."""
    customer = Customer.objects.select_related("partner", "account_manager").get(pk=row.customer_id)
    _step(row, customer, Action.RELEASE, row.cause, _("冻结满 15 天"), None, at, True)


def warn_of_release(row: Freeze, *, at: datetime) -> None:
    """Once for each freeze: the partner and the customer may still do something."""
    customer = Customer.objects.select_related("partner", "account_manager").get(pk=row.customer_id)
    until = row.released_after
    assert until
    # Its time may be over while the partner was frozen itself (`due_for_release`).
    day = formats.day(day_of(until if until > at else at + WARN_BEFORE))
    key = f"freeze:{row.pk}:{row.since.isoformat()}:soon"
    tell_members(customer, "customer.release_soon", key=key, at=at, until=day)
    words = {"partner": customer.partner.name, "until": day}
    tell_account(customer.cloud_account_id, "account.release_soon", key=key, at=at, **words)


# ---- what every step does ----


def _new(customer: Customer, at: datetime) -> Freeze:
    return Freeze.objects.create(
        partner_id=customer.partner_id,
        customer=customer,
        cloud_account_id=customer.cloud_account_id,
        since=at,
    )


_STATES = {Action.RELEASE: State.RELEASED, **FREEZES}


def _step(
    row: Freeze,
    customer: Customer,
    action: str,
    cause: str,
    reason: str,
    by: Actor,
    at: datetime,
    tell: bool,
) -> FreezeRecord:
    """The step, its record, its line in the log, and whoever should know."""
    before = row.state
    row.mark(_STATES.get(Action(action), State.NORMAL), cause, at=at)
    made = FreezeRecord.objects.create(
        partner_id=customer.partner_id,
        customer=customer,
        action=action,
        cause=cause,
        reason=reason,
        at=at,
        **actor_of(by),
    )
    record_for(
        _VERBS[Action(action)],
        customer,
        by=by,
        at=at,
        before={"freeze": before},
        after={"freeze": row.state, "reason": reason},
    )
    _tell(made, customer, but=by, members=tell)
    return made


def _tell(made: FreezeRecord, customer: Customer, *, but: Actor, members: bool) -> None:
    """The customer always, without the partner's reason; the members unless a batch does it."""
    if made.action == Action.LIFT:
        return  # the notices of the change say so
    key, at = f"freeze:{made.pk}", made.at
    waits = made.cause == Cause.ARRIVAL and made.action == Action.FREEZE_ACCOUNT
    kind = "waits_for_budget" if waits else _VERBS[Action(made.action)].partition(".")[2]
    if members:
        tell_members(customer, f"customer.{kind}", key=key, at=at, but=but, reason=made.reason)
    partner = customer.partner.name
    tell_account(customer.cloud_account_id, f"account.{kind}", key=key, at=at, partner=partner)
