"""为客户代支付订单 (customers_coupons.md §13.4): the partner pays, or refuses and says why."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from activity.services import notify, record
from billing.funds.accounts import partner_account, vendor_account
from billing.funds.warning import tell_if_low
from core import tenancy
from core.access import ALLOWED, Decision, denied
from core.formats import money
from core.refusals import NotAllowed, Refused
from customers.accounts.services import tell_account
from customers.freezing.services import frozen_how
from ledger.models import Account, Transfer
from ledger.services import transfer
from org.models import Member, Partner
from org.permissions import ORDERS_PAY

from .announce import close_if_none_waits
from .models import Order

LONGEST_REASON = 255


def decide_answer(by: Member) -> Decision:
    """Whether this member answers orders that wait for the partner."""
    return by.may(ORDERS_PAY)


def decide_pay(order: Order, by: Member) -> Decision:
    """Whether this member may pay this order; for the button and the service.

    A solution provider pays for customers of both kinds, distributors and resellers for those to
    whom they resell.
    """
    if not (decision := decide_answer(by)):
        return decision
    customer = order.customer
    if customer.disassociated_at:
        return denied(_("该客户已解除关联，不能为其支付"), _("客户可以自行支付"))
    provider = by.partner.kind == Partner.Kind.SOLUTION_PROVIDER
    if not provider and not customer.is_resold:
        return denied(
            _("总经销商和云经销商只能为代售和转售客户支付订单"), _("请驳回，由客户自行支付")
        )
    if how := frozen_how(customer):
        helps = _("请联系厂商") if by.partner.is_restricted else _("请先解冻客户")
        return denied(_("%(how)s，不能为其支付订单") % {"how": how}, helps)
    return ALLOWED


def why_invalid(order: Order, *, at: datetime) -> str:
    """Why the customer has to order anew, or nothing; for the page and the service."""
    if order.is_outdated:
        return _("下单之后资源规格有变更，订单已失效，请客户重新下单。")
    if order.starts_at and order.starts_at <= at:
        return _("订单的生效时间已过，订单已失效，请客户重新下单。")
    return ""


def check_price(order: Order, shown: Decimal) -> None:
    """Raises Refused unless the order still costs what was shown."""
    if shown != order.amount:
        words = {"shown": money(shown), "now": money(order.amount)}
        raise Refused(
            _("订单金额已由 %(shown)s 元变为 %(now)s 元，未支付；请核对后重新支付。") % words
        )


@transaction.atomic
def pay_order(order: Order, shown: Decimal, *, by: Member, at: datetime) -> Order:
    """支付 from the partner's 充值账户 to the vendor, once for each order.

    `shown` is the amount that the member saw. Raises NotAllowed, InvalidTransition, Refused.
    """
    order = Order.objects.visible_to(by).select_related("customer__account_manager").lock(order.pk)
    if not (decision := decide_pay(order, by)):
        raise NotAllowed(decision)
    order.check_waiting()
    if sentence := why_invalid(order, at=at):
        raise Refused(sentence)
    check_price(order, shown)
    moved = _move(order, by=by, at=at)
    order.mark_paid_by_partner(moved, by=by, at=at)
    _record("order.paid", order, by=by, at=at)
    _tell("order.paid", order, by=by, at=at)
    _tell_customer("account.order_paid", order, by=by, at=at)
    return order


def _move(order: Order, *, by: Member, at: datetime) -> int:
    """账户余额 and 可拨款余额 must both cover the amount. Raises Refused."""
    ours = partner_account(by.partner_id)
    with tenancy.vendor():
        theirs = vendor_account()
    if min(ours.balance, ours.available) < order.amount:
        raise Refused(_short(by, ours, order))
    moved = transfer(
        *(ours.pk, theirs, order.amount),
        kind=Transfer.Kind.CONSUME,
        key=f"order:{order.pk}",
        at=at,
        by=by,
        memo=order.number,
    )
    assert moved.transfer
    tell_if_low(ours, moved, at=at)
    return moved.transfer


def _short(by: Member, ours: Account, order: Order) -> str:
    words = {"available": money(ours.available), "amount": money(order.amount)}
    if by.partner.kind == Partner.Kind.RESELLER:
        return (
            _("余额不足：可用 %(available)s 元，订单 %(amount)s 元。请联系总经销商拨款。") % words
        )
    return _("余额不足：可用 %(available)s 元，订单 %(amount)s 元。请充值后再支付。") % words


@transaction.atomic
def refuse_order(
    order: Order, reason: str, *, by: Member, at: datetime, tell: bool = True
) -> Order:
    """驳回: the customer may pay himself. Raises NotAllowed, InvalidTransition, Refused.

    `tell`: the customer's owners at the partner; a batch tells them once. Customers hear of each.
    """
    order = Order.objects.visible_to(by).select_related("customer").lock(order.pk)
    check_refusing(order, reason, by=by)
    order.mark_refused_by_partner(reason.strip(), by=by, at=at)
    _record("order.refused", order, by=by, at=at, reason=order.proxy_reason)
    if tell:
        _tell("order.refused", order, by=by, at=at)
    _tell_customer("account.order_refused", order, by=by, at=at)
    return order


def check_refusing(order: Order, reason: str, *, by: Member) -> None:
    """Raises where `refuse_order` would; asks nothing of the database."""
    if not (decision := decide_answer(by)):
        raise NotAllowed(decision)
    order.check_waiting()
    if not 0 < len(reason.strip()) <= LONGEST_REASON:
        raise Refused(_("请填写驳回原因，最多 %(n)d 个字。") % {"n": LONGEST_REASON})


def _record(verb: str, order: Order, *, by: Member, at: datetime, **after: str) -> None:
    record(
        verb,
        order,
        by=by,
        at=at,
        customer_id=order.customer_id,
        after={"order": order.number, "amount": str(order.amount), **after},
    )
    close_if_none_waits(order.partner_id, at=at)


def _tell(kind: str, order: Order, *, by: Member, at: datetime) -> None:
    """Whoever looks after the customer hears what became of his order."""
    owners = [owner for owner in order.customer.owners() if owner != by]
    key = f"{kind}:{order.pk}:{at.isoformat()}"
    notify(owners, kind, key=key, at=at, order=order.pk, number=order.number)


def _tell_customer(kind: str, order: Order, *, by: Member, at: datetime) -> None:
    """The customer hears what became of his wish, in the portal and by mail (§13.4)."""
    with tenancy.vendor():  # what customers read no partner writes
        tell_account(
            order.customer.cloud_account_id,
            kind,
            key=f"{kind}:{order.pk}:{at.isoformat()}",
            at=at,
            number=order.number,
            amount=money(order.amount),
            partner=by.partner.name,
            reason=order.proxy_reason,
        )
