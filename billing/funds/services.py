"""为客户调账: 拨款 to a customer, 回收, and what flows back when it leaves (§11)."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from activity.services import Actor, record
from core.access import ALLOWED, Decision, denied
from core.refusals import NotAllowed
from customers.models import Customer
from ledger.models import Account, Transfer
from ledger.services import Moved, drain, transfer
from org.models import Member
from org.permissions import FUNDS_ALLOCATE, FUNDS_RECLAIM

from .accounts import customer_account, member_of, partner_account
from .models import Adjustment
from .warning import tell_if_low

Type = Adjustment.Type
PERMISSIONS = {Type.ALLOCATE: FUNDS_ALLOCATE, Type.RECLAIM: FUNDS_RECLAIM}


@dataclass(frozen=True)
class Wish:
    """What is asked for: how much, of which of the partner's accounts, and why."""

    amount: Decimal
    money: str = Account.Kind.CASH
    memo: str = ""


def decide_adjust(by: Member, type: str, customer: Customer | None = None) -> Decision:
    """Whether the member may give to (or take from) this customer; without one, any at all."""
    if not (decision := by.may(PERMISSIONS[Type(type)])):
        return decision
    if customer is None:
        return ALLOWED
    if customer.association_type != Customer.Association.RESALE:
        return denied(_("顾问销售客户不能调账，只有代售客户可以"))
    if customer.disassociated_at:
        return denied(_("该客户已解除关联，不能调账"))
    return ALLOWED


@transaction.atomic
def adjust_customer(
    customer: Customer,
    type: str,
    wish: Wish,
    *,
    key: str,
    by: Member,
    at: datetime,
    tell: bool = True,
) -> Adjustment:
    """拨款 or 回收. The same key again answers the record that it made.

    A batch tells nobody of the single customer. Raises NotAllowed, Insufficient, KeyTaken.
    """
    customer = Customer.objects.visible_to(by).lock(customer.pk)
    if not (decision := decide_adjust(by, type, customer)):
        raise NotAllowed(decision)
    ours = partner_account(customer.partner_id, wish.money)
    theirs = customer_account(customer, at=at)
    source, target = (ours, theirs) if type == Type.ALLOCATE else (theirs, ours)
    moved = transfer(
        *(source.pk, target.pk, wish.amount), kind=type, key=key, at=at, by=by, memo=wish.memo
    )
    made, is_new = _keep(moved, customer, type, wish, by=by, at=at)
    if is_new and tell and source is ours:
        tell_if_low(ours, moved, at=at)
    return made


@transaction.atomic
def return_balance(customer: Customer, *, key: str, by: Actor, at: datetime) -> Adjustment | None:
    """解绑回收: what the customer has goes back to its partner's 充值账户; of nothing, nothing.

    Called by the flows that end or switch an association, which ask who may and have the customer
    locked. `key` names the cause.
    """
    ours, theirs = partner_account(customer.partner_id), customer_account(customer, at=at)
    moved = drain(theirs.pk, ours.pk, kind=Transfer.Kind.RETURN, key=key, at=at, by=member_of(by))
    if not moved:
        return None
    wish = Wish(moved.amount)
    made, _is_new = _keep(moved, customer, Type.RETURN, wish, by=by, at=at)
    customer.available_amount = Decimal(0)  # as the database has it now
    return made


def _keep(
    moved: Moved, customer: Customer, type: str, wish: Wish, *, by: Actor, at: datetime
) -> tuple[Adjustment, bool]:
    """The record of what moved; a second submit finds the first one's."""
    if moved.outcome == "again":
        return Adjustment.objects.get(transfer_id=moved.transfer), False
    made = Adjustment.objects.create(
        partner_id=customer.partner_id,
        type=type,
        customer=customer,
        transfer_id=moved.transfer,
        money=wish.money,
        amount=moved.amount,
        at=at,
        member=member_of(by),
        memo=wish.memo,
    )
    record(
        VERBS[Type(type)],
        customer,
        by=by,
        at=at,
        partner_id=customer.partner_id,
        customer_id=customer.pk,
        after={"amount": str(moved.amount), "money": wish.money, "transfer": made.number},
    )
    return made, True


VERBS = {
    Type.ALLOCATE: "funds.allocated",
    Type.RECLAIM: "funds.reclaimed",
    Type.RETURN: "funds.returned",
}
