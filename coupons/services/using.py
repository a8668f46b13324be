"""Use: an order of the customer holds some of a coupon, pays with it, or lets it go (§15.4).

Called where orders live, by the demo world and by an open API; in the vendor's role, because
neither a partner nor a customer moves this by itself. Everything is keyed by the use.
"""

from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from billing.orders.models import Order
from core import tenancy
from core.refusals import Refused
from ledger.models import Transfer
from ledger.services import balance, is_amount, transfer

from .. import rules
from ..models import Coupon, CouponRecord, CouponUse, Quota
from .reclaiming import home_of, lock_coupon

ORDER_TYPES: dict[int, str] = {
    Order.Type.NEW: "new",
    Order.Type.RENEWAL: "renew",
    Order.Type.CHANGE: "change",
}


def purchase_of(order: Order) -> rules.Purchase:
    return rules.Purchase(order.amount, order.service.name, ORDER_TYPES.get(order.type, ""))


def why_not_use(coupon: Coupon, order: Order, amount: Decimal, *, at: datetime) -> str:
    """Why the coupon pays nothing, or not so much, of this order; empty when it does."""
    if coupon.customer_id != order.customer_id:
        return _("该券不属于此订单的客户。")
    if coupon.state != Coupon.State.USABLE:
        return _("该券当前为“%(state)s”，不能使用。") % {"state": coupon.get_state_display()}
    return rules.why_not_pay(coupon, purchase_of(order), amount, at)


def usable_for(order: Order, *, at: datetime) -> list[tuple[Coupon, Decimal]]:
    """What the customer may choose from at payment, each with the most it pays, most first."""
    with tenancy.vendor():
        coupons = Coupon.objects.usable().filter(customer=order.customer_id)
        found = []
        for coupon in coupons.select_related("account"):
            most = min(coupon.account.balance, rules.most_of(coupon.ratio, order.amount))
            if most > 0 and not why_not_use(coupon, order, most, at=at):
                found.append((coupon, most))
    return sorted(found, key=lambda pair: (-pair[1], pair[0].ends_at))


@transaction.atomic
def hold_coupon(coupon: Coupon, order: Order, amount: Decimal, *, at: datetime) -> CouponUse:
    """锁定: the order in payment takes so much of the coupon. Raises Refused, Insufficient."""
    if not is_amount(amount):
        raise Refused(_("请填写金额，最多两位小数，如 1000.00。"))
    with tenancy.vendor():
        quota, coupon = lock_coupon(coupon, Coupon.objects)
        if reason := why_not_use(coupon, order, amount, at=at):
            raise Refused(reason)
        try:
            with transaction.atomic():
                use = CouponUse.objects.create(
                    partner_id=coupon.partner_id,
                    coupon=coupon,
                    order=order,
                    amount=amount,
                    held_at=at,
                )
        except IntegrityError as error:
            raise Refused(_("一个订单只能使用一张券。")) from error
        kind, key = Transfer.Kind.COUPON_HOLD, f"coupon-hold:{use.pk}"
        transfer(coupon.account_id, quota.held_id, amount, kind=kind, key=key, at=at)
        return use


def apply_activity_voucher(order: Order, *, at: datetime) -> CouponUse | None:
    """What promotions give is used without being chosen (§4.6): the one that pays most is held.

    None where the customer has none for this order. Raises Refused: it holds a coupon already.
    """
    for coupon, most in usable_for(order, at=at):
        if coupon.promotion_id:
            return hold_coupon(coupon, order, most, at=at)
    return None


@transaction.atomic
def use_coupon(use: CouponUse, *, at: datetime) -> CouponUse:
    """使用: the order is paid. Raises InvalidTransition."""
    with tenancy.vendor():
        quota, coupon, use = _lock(use)
        use.mark_used(at=at)
        kind, key = Transfer.Kind.COUPON_USE, f"coupon-use:{use.pk}"
        transfer(quota.held_id, quota.used_id, use.amount, kind=kind, key=key, at=at)
        nothing_held = not CouponUse.objects.filter(coupon=coupon, state="held").exists()
        if coupon.state == Coupon.State.USABLE and nothing_held and not balance(coupon.account_id):
            coupon.mark_used_up(at=at)
        return use


@transaction.atomic
def release_coupon(use: CouponUse, *, at: datetime) -> CouponUse:
    """释放: the order was cancelled before it was paid. Raises InvalidTransition."""
    with tenancy.vendor():
        quota, coupon, use = _lock(use)
        use.mark_released(at=at)
        _return(quota.held_id, coupon, quota, use, Transfer.Kind.COUPON_RELEASE, at=at)
        return use


@transaction.atomic
def refund_coupon(use: CouponUse, *, at: datetime) -> bool:
    """退还: the order was refunded in full; whether the coupon's part came back (§15.4).

    Back to the coupon while it lasts, else to the quota. Raises InvalidTransition.
    """
    with tenancy.vendor():
        quota, coupon, use = _lock(use)
        assert use.used_at or use.state != CouponUse.State.USED
        if use.used_at and not rules.is_given_back(coupon.kind, use.used_at, at):
            return False
        use.mark_refunded(at=at)
        _return(quota.used_id, coupon, quota, use, Transfer.Kind.COUPON_REFUND, at=at)
        return True


def _lock(use: CouponUse) -> tuple[Quota, Coupon, CouponUse]:
    coupon = Coupon.objects.get(pk=use.coupon_id)
    quota, coupon = lock_coupon(coupon, Coupon.objects)
    return quota, coupon, CouponUse.objects.lock(use.pk)


def _return(
    source: int, coupon: Coupon, quota: Quota, use: CouponUse, kind: str, *, at: datetime
) -> None:
    """Into the coupon while it can be used; else home, with a record that says so."""
    key = f"{kind.replace('_', '-')}:{use.pk}"
    lasts = coupon.state in (Coupon.State.USABLE, Coupon.State.USED) and at < coupon.ends_at
    if lasts:
        transfer(source, coupon.account_id, use.amount, kind=kind, key=key, at=at)
        if coupon.state == Coupon.State.USED:
            coupon.mark_usable_again(at=at)
        return
    target, is_lost = home_of(quota, at)
    moved = transfer(source, target, use.amount, kind=kind, key=key, at=at)
    CouponRecord.objects.create(
        partner_id=coupon.partner_id,
        type=CouponRecord.Type.UNSUBSCRIBE,
        quota=quota,
        coupon=coupon,
        customer_id=coupon.customer_id,
        transfer_id=moved.transfer,
        amount=use.amount,
        is_lost=is_lost,
        at=at,
    )
