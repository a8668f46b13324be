"""切换关联类型 and 解除关联: asked for by one side, answered by the other, then carried out."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from activity.services import Actor, close_notices, record
from core.access import ALLOWED, Decision, denied
from core.clock import day_of
from core.refusals import NotAllowed, Refused
from customers.accounts.models import AccountUser
from customers.accounts.sides import between_both_sides
from customers.freezing.standing import decide_develop
from customers.models import Customer
from customers.rules import POSTPAID, REFERRAL, may_bring_in
from org.models import Member, User

from ..models import AssociationChange
from .checks import check_account, decide_ask, frequency, why_not
from .effects import Step, plan
from .telling import tell_asked, tell_over

Kind, Initiator, State = (
    AssociationChange.Kind,
    AssociationChange.Initiator,
    AssociationChange.State,
)


def decide_manage(by: Member) -> Decision:
    """Only the administrator of a partner starts and decides (customers_coupons.md §6.1)."""
    if by.is_main_account:
        return ALLOWED
    return denied(_("只有主账号可以解除关联、切换关联类型和处理客户的申请"), _("请联系主账号"))


def decide_start(by: Member, customer: Customer, *, at: datetime) -> Decision:
    """Whether this member may ask this customer for a change now."""
    if not (decision := decide_manage(by)):
        return decision
    return decide_ask(customer, Initiator.PARTNER, at=at)


def decide_meanwhile(customer: Customer, kind: str) -> Decision:
    """While the vendor has frozen the partner its 转售 customers stay, and nobody becomes one.
    The vendor itself may still end it."""
    touches = customer.association_type == POSTPAID or kind == Kind.SWITCH
    return decide_develop(customer.partner) if touches else ALLOWED


def decide_leave(place: AccountUser, customer: Customer, *, at: datetime) -> Decision:
    """Whether this person may ask to leave the partner now."""
    if not (decision := place.decide_for_account()):
        return decision
    return decide_ask(customer, Initiator.CUSTOMER, at=at)


def other_type(customer: Customer) -> str:
    """What the customer would be switched to: a partner has two types."""
    is_referral = customer.association_type == REFERRAL
    return next(
        each
        for each in may_bring_in(customer.partner.sales_model)
        if (each != REFERRAL) == is_referral
    )


# ---- asking ----


@between_both_sides
def ask_of_customer(
    customer: Customer, kind: str, *, reason: str, by: Member, at: datetime
) -> AssociationChange:
    """发起解除关联 or 切换关联类型; the customer decides. Raises NotAllowed, Refused."""
    customer = Customer.objects.visible_to(by).lock(customer.pk)
    _must(decide_manage(by))
    _must(decide_meanwhile(customer, kind))
    return _ask(customer, kind, Initiator.PARTNER, reason, by=by.user, actor=by, at=at)


@between_both_sides
def ask_to_leave(
    customer: Customer, *, reason: str, place: AccountUser, by: User, at: datetime
) -> AssociationChange:
    """客户发起解除关联; the partner's administrator decides. Raises NotAllowed, Refused."""
    own = Customer.objects.filter(cloud_account_id=place.cloud_account_id)
    customer = own.lock(customer.pk)
    _must(place.decide_for_account())
    change = _ask(customer, Kind.LEAVE, Initiator.CUSTOMER, reason, by=by, actor=by, at=at)
    # A sign of churn, as the vendor reports it of customers that ask elsewhere.
    customer.disassociation_requested_on = day_of(at)
    customer.save(update_fields=["disassociation_requested_on"])
    return change


def _ask(
    customer: Customer,
    kind: str,
    initiator: AssociationChange.Initiator,
    reason: str,
    *,
    by: User,
    actor: Actor,
    at: datetime,
) -> AssociationChange:
    decision = decide_ask(customer, initiator, at=at)
    if not decision:
        raise Refused(str(decision))
    after = other_type(customer) if kind == Kind.SWITCH else ""
    if sentence := why_not(check_account(customer, kind, after)):
        raise Refused(sentence)
    ours = initiator == Initiator.PARTNER
    days = frequency().customer_days if ours else frequency().partner_days
    change = AssociationChange.objects.create(
        partner_id=customer.partner_id,
        customer=customer,
        cloud_account_id=customer.cloud_account_id,
        kind=kind,
        initiator=initiator,
        type_before=customer.association_type,
        type_after=after,
        reason=reason,
        state=State.WAITS_FOR_CUSTOMER if ours else State.WAITS_FOR_PARTNER,
        asked_at=at,
        asked_by=by,
        answer_by=at + timedelta(days=days),
    )
    _record("association.asked", change, by=actor, at=at, reason=reason)
    tell_asked(change, at=at)
    return change


# ---- answering ----


@between_both_sides
def answer_partner(
    change: AssociationChange,
    *,
    agree: bool,
    comment: str,
    place: AccountUser,
    by: User,
    at: datetime,
) -> AssociationChange:
    """处理伙伴的申请, by the customer's main user.

    Raises NotAllowed, InvalidTransition, Refused.
    """
    change = AssociationChange.objects.visible_to(place).lock(change.pk)
    _must(place.decide_for_account())
    _must_wait(change, State.WAITS_FOR_CUSTOMER, at)
    if agree:
        _must(decide_meanwhile(change.customer, change.kind))
    return _answer(change, agree, comment, by=by, actor=by, at=at)


@between_both_sides
def answer_customer(
    change: AssociationChange, *, agree: bool, comment: str, by: Member, at: datetime
) -> AssociationChange:
    """处理客户的解除关联申请, by the partner's administrator. Raises as `answer_partner`."""
    change = AssociationChange.objects.visible_to(by).lock(change.pk)
    _must(decide_manage(by))
    _must_wait(change, State.WAITS_FOR_PARTNER, at)
    if agree:
        _must(decide_meanwhile(change.customer, change.kind))
    return _answer(change, agree, comment, by=by.user, actor=by, at=at)


@between_both_sides
def answer_for_partner(
    change: AssociationChange, *, agree: bool, comment: str, by: User, at: datetime
) -> AssociationChange:
    """The vendor decides where the partner let the time pass."""
    change = AssociationChange.objects.lock(change.pk)
    if not change.escalated_at:
        raise Refused(_("该申请还在伙伴的处理期限内。"))
    _must_wait(change, State.WAITS_FOR_PARTNER, at)
    return _answer(change, agree, comment, by=by, actor=by, at=at)


def _answer(
    change: AssociationChange, agree: bool, comment: str, *, by: User, actor: Actor, at: datetime
) -> AssociationChange:
    if not agree:
        if not comment:
            raise Refused(_("请填写拒绝的原因。"))
        change.mark_rejected(comment, by=by, at=at)
        _record("association.rejected", change, by=actor, at=at, reason=comment)
        settle_over(change, at=at)
        tell_over(change, at=at)
        return change
    customer = Customer.objects.lock(change.customer_id)
    if sentence := why_not(check_account(customer, change.kind, change.type_after)):
        raise Refused(sentence)
    change.mark_agreed(by=by, at=at)
    _record("association.agreed", change, by=actor, at=at)
    _complete(change, customer, by=actor, at=at)
    settle_over(change, at=at)
    tell_over(change, at=at)
    return change


def _complete(change: AssociationChange, customer: Customer, *, by: Actor, at: datetime) -> None:
    """Run the plan; where a part of it is refused nothing of it happens, and the change fails."""
    step = Step(customer, change.kind, change.type_after, f"association-change:{change.pk}")
    try:
        with transaction.atomic():
            effects = plan(step)
            for effect in effects:
                effect.run(by, at)
    except Refused as refusal:
        change.mark_failed(str(refusal))
        _record("association.failed", change, by=by, at=at, reason=str(refusal))
        return
    change.mark_done([[effect.code, effect.figures] for effect in effects], at=at)
    _record("association.done", change, by=by, at=at)


# ---- without an answer ----


@between_both_sides
def withdraw(change: AssociationChange, *, by: Member, at: datetime) -> None:
    """撤回 a request of one's own partner. Raises NotAllowed, InvalidTransition."""
    change = AssociationChange.objects.visible_to(by).lock(change.pk)
    _must(decide_manage(by))
    if change.initiator != Initiator.PARTNER:
        raise Refused(_("只能撤回本伙伴发起的申请。"))
    _withdraw(change, by.user, actor=by, at=at)


@between_both_sides
def withdraw_leaving(
    change: AssociationChange, *, place: AccountUser, by: User, at: datetime
) -> None:
    """撤回 a request of the customer's own. Raises NotAllowed, InvalidTransition."""
    change = AssociationChange.objects.visible_to(place).lock(change.pk)
    _must(place.decide_for_account())
    if change.initiator != Initiator.CUSTOMER:
        raise Refused(_("只能撤回您自己发起的申请。"))
    _withdraw(change, by, actor=by, at=at)


def _withdraw(change: AssociationChange, by: User, *, actor: Actor, at: datetime) -> None:
    change.mark_withdrawn(by=by, at=at)
    _record("association.withdrawn", change, by=actor, at=at)
    settle_over(change, at=at)
    tell_over(change, at=at)


def settle_over(change: AssociationChange, *, at: datetime) -> None:
    """Whoever was asked to decide is asked no more; who wished to leave and stays, wishes no
    longer."""
    close_notices(cause_of(change), at=at)
    if change.initiator == Initiator.CUSTOMER and change.state != State.DONE:
        Customer.objects.filter(pk=change.customer_id).update(disassociation_requested_on=None)


def cause_of(change: AssociationChange) -> str:
    return f"association:{change.pk}"


def _must(decision: Decision) -> None:
    if not decision:
        raise NotAllowed(decision)


def _must_wait(change: AssociationChange, state: str, at: datetime) -> None:
    """The other side's word is asked for, and not after its time."""
    if change.is_waiting and change.state != state:
        raise Refused(_("该申请由对方处理。"))
    if (
        change.is_waiting
        and change.answer_by
        and change.answer_by <= at
        and not change.escalated_at
    ):
        raise Refused(_("该申请已超过处理期限。"))


def _record(
    verb: str, change: AssociationChange, *, by: Actor, at: datetime, reason: str = ""
) -> None:
    after = {
        "change": change.kind,
        "type": change.type_after or change.type_before,
        **({"reason": reason} if reason else {}),
    }
    record(
        verb,
        change,
        by=by,
        at=at,
        partner_id=change.partner_id,
        customer_id=change.customer_id,
        after=after,
    )
