"""回收: what is left of a coupon goes back to its quota, by hand or by itself (§15.4)."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from activity.services import Actor, record
from core import tenancy
from core.access import ALLOWED, Decision, denied
from core.refusals import NotAllowed, Refused
from customers.models import Customer
from ledger.models import Transfer
from ledger.services import drain
from org.models import Member
from org.permissions import COUPONS_RECLAIM

from ..models import Coupon, CouponRecord, CouponUse, Quota
from .telling import tell_customers

Type = CouponRecord.Type
BY_ITSELF = {Type.LEAVE, Type.SWITCH, Type.EXPIRE}


def decide_reclaim(by: Member, coupon: Coupon | None = None) -> Decision:
    """Whether the member may take this coupon back; without one, any at all.

    `coupon` comes `with_locks()`.
    """
    if not (decision := by.may(COUPONS_RECLAIM)):
        return decision
    return ALLOWED if coupon is None else decide_reclaimable(coupon)


def decide_reclaimable(coupon: Any) -> Decision:
    if coupon.state != Coupon.State.USABLE:
        state = coupon.get_state_display()
        return denied(_("该券当前为“%(state)s”，不能回收") % {"state": state})
    if coupon.is_held:
        return denied(_("该券被一个订单锁定，不能回收"), _("订单支付或取消后再试"))
    return ALLOWED


def check_reclaimable(coupon: Any) -> None:
    """Raises Refused: somebody or something was there before."""
    if not (decision := decide_reclaimable(coupon)):
        raise Refused(f"{decision}。")


@transaction.atomic
def reclaim_coupon(
    coupon: Coupon, *, by: Member, at: datetime, remark: str = "", tell: bool = True
) -> CouponRecord:
    """手动回收 of all that is left. Raises NotAllowed, Refused."""
    quota, coupon = lock_coupon(coupon, Coupon.objects.visible_to(by))
    if not (decision := decide_reclaim(by)):
        raise NotAllowed(decision)
    coupon.is_held = CouponUse.objects.filter(coupon=coupon, state="held").exists()  # type: ignore[attr-defined]
    check_reclaimable(coupon)
    made = give_back(coupon, quota, Type.RECLAIM, by=by, at=at, remark=remark)
    if tell:
        account = Customer.objects.values_list("cloud_account", flat=True)
        told = [(account.get(pk=coupon.customer_id), coupon)]
        tell_customers(told, "account.coupon_reclaimed", by.partner.name, at=at)
    return made


def lock_coupon(coupon: Coupon, coupons: Any) -> tuple[Quota, Coupon]:
    """Customer, quota, coupon: every flow in this order, then accounts."""
    Customer.objects.lock(coupon.customer_id)
    quota = Quota.objects.lock(coupon.quota_id)
    return quota, coupons.lock(coupon.pk)


def home_of(quota: Quota, at: datetime) -> tuple[int, bool]:
    """Where what comes back to a quota goes: into it, or off the books when its time is over.

    What comes back to one that was taken back goes to where that went. Both are held or past.
    """
    if quota.state == Quota.State.RECLAIMED:
        with tenancy.vendor():
            parent = Quota.objects.get(given=quota)
        return (quota.lost_id, True) if parent.has_expired(at) else (parent.account_id, False)
    if quota.has_expired(at):
        return quota.lost_id, True
    return quota.account_id, False


def comes_back(at: datetime) -> Q:
    """The same as a condition on coupons: what of them would not be written off."""
    taken = Q(quota__state=Quota.State.RECLAIMED)
    return Q(quota__ends_at__gt=at) | (taken & Q(quota__parent__ends_at__gt=at))


def across(quota: Quota, move: Callable[[], Any]) -> Any:
    """Make a move of this quota's; one that reaches the distributor, in the vendor's role."""
    if quota.state != Quota.State.RECLAIMED:
        return move()
    with tenancy.vendor():
        return move()


def give_back(
    coupon: Coupon,
    quota: Quota,
    type: str,
    *,
    by: Actor,
    at: datetime,
    remark: str = "",
) -> CouponRecord:
    """End the coupon and return what is left; both rows are held, and somebody may."""
    if type == Type.EXPIRE:
        coupon.mark_expired(at=at)
    else:
        coupon.mark_reclaimed(at=at)
    target, is_lost = home_of(quota, at)
    member = by if isinstance(by, Member) else None
    moved = across(
        quota,
        lambda: drain(
            *(coupon.account_id, target),
            kind=Transfer.Kind.COUPON_RECLAIM,
            key=f"coupon-reclaim:{coupon.pk}",
            at=at,
            by=member,
        ),
    )
    made = CouponRecord.objects.create(
        partner_id=coupon.partner_id,
        type=type,
        quota=quota,
        coupon=coupon,
        customer_id=coupon.customer_id,
        transfer_id=moved.transfer or None,
        amount=moved.amount if moved else Decimal(0),
        is_lost=is_lost and bool(moved),
        remark=remark,
        at=at,
        member=member,
    )
    record(
        VERBS[Type(type)],
        coupon,
        by=by,
        at=at,
        partner_id=coupon.partner_id,
        customer_id=coupon.customer_id,
        after={"coupon": coupon.number, "quota": quota.number, "amount": str(made.amount)},
    )
    return made


VERBS = {
    Type.RECLAIM: "coupon.reclaimed",
    Type.LEAVE: "coupon.returned",
    Type.SWITCH: "coupon.returned",
    Type.EXPIRE: "coupon.expired",
}


@transaction.atomic
def reclaim_coupons_of(customer: Customer, type: str, *, by: Actor, at: datetime) -> int:
    """解绑自动回收 or 切换关联模式自动回收, in the vendor's role; returns how many.

    Called by the flows that end or switch an association, which ask who may and hold the customer.
    """
    usable = Coupon.objects.usable().filter(customer=customer)
    quotas = list(usable.order_by("quota").values_list("quota", flat=True).distinct())
    held = {quota.pk: quota for quota in Quota.objects.filter(pk__in=quotas).lock_all()}
    coupons = list(usable.filter(quota__in=held).lock_all())
    for coupon in coupons:
        give_back(coupon, held[coupon.quota_id], type, by=by, at=at)
    return len(coupons)


def expire_coupons(*, at: datetime, most: int = 500) -> int:
    """过期回收 of what is over, a quota after the other; returns how many. Run by the night."""
    done = 0
    while n := _expire_some(at=at, most=most):
        done += n
    return done


def _expire_some(*, at: datetime, most: int) -> int:
    with tenancy.vendor():
        over = Coupon.objects.usable().filter(ends_at__lte=at)
        first = over.order_by("ends_at").values_list("quota", flat=True).first()
        if first is None:
            return 0
        some = over.filter(quota=first).order_by("pk").values_list("pk", "customer")[:most]
        pks, customers = zip(*some, strict=True) if some else ((), ())
        list(Customer.objects.filter(pk__in=customers).lock_all())
        quota = Quota.objects.lock(first)
        coupons = list(over.filter(pk__in=pks).lock_all())
        for coupon in coupons:
            give_back(coupon, quota, Type.EXPIRE, by=None, at=at)
        return len(pks)
