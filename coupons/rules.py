"""What the kinds of coupon differ in, who may receive one, and which orders one pays for.

Sources: customers_coupons.md §15. A kind is data: nothing outside KINDS asks which one it is.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Protocol

from django.utils.translation import gettext as _

VOUCHER, CASH, PICKUP = "voucher", "cash", "pickup"
REFERRAL, RESALE = "referral", "resale"

MOST_ON_PAGE = 10  # customers of one form (§15.3)
MOST_BY_API = 100
MOST_BY_FILE = 5_000
MOST_SERVICES = 10
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Kind:
    """Args:
    whitelist: only customers on the partner's 白名单 receive it.
    share: it pays for no more than a share of an order.
    refund_days: how long after its use a refunded order gives it back; None: always.
    keeps: a customer with one that is not used up does not leave.
    """

    whitelist: bool = False
    share: bool = False
    refund_days: int | None = None
    keeps: bool = False


KINDS = {
    VOUCHER: Kind(refund_days=5),
    CASH: Kind(whitelist=True, share=True, refund_days=5),
    PICKUP: Kind(whitelist=True, share=True, keeps=True),
}


class Limits(Protocol):
    """What a quota says of the coupons that are cut from it."""

    kind: str
    starts_at: datetime
    ends_at: datetime
    face_min: Decimal | None
    face_max: Decimal | None
    coupons_most: int | None
    coupons_issued: int
    total_most: Decimal | None
    total_issued: Decimal
    association_types: list[str]
    services: list[str]
    order_types: list[str]
    only_customers: list[str]
    only_first_time: bool
    ratio_most: int | None
    user_is_invoiced: bool


@dataclass(frozen=True)
class Wish:
    """A coupon as it is to be issued; what is not said is the quota's."""

    face: Decimal
    starts_at: datetime
    ends_at: datetime
    min_order: Decimal = Decimal(0)
    ratio: int | None = None
    services: tuple[str, ...] = ()
    order_types: tuple[str, ...] = ()
    remark: str = ""


@dataclass(frozen=True)
class Receiver:
    """What is known of a customer who is to get one."""

    number: str
    association_type: str
    has_left: bool = False
    is_first_time: bool = True
    is_listed: bool = False
    is_managed_sub: bool = False


def why_not_issue(limits: Limits, wish: Wish, n: int) -> str:
    """Why `n` such coupons cannot be cut from the quota; empty when they can (§15.9)."""
    if limits.face_min is not None and wish.face < limits.face_min:
        return _("面值低于该额度的最小面值 %(amount)s 元。") % {"amount": limits.face_min}
    if limits.face_max is not None and wish.face > limits.face_max:
        return _("面值高于该额度的最大面值 %(amount)s 元。") % {"amount": limits.face_max}
    if not limits.starts_at <= wish.starts_at < wish.ends_at <= limits.ends_at:
        return _("有效期须在额度的有效期之内，且失效时间晚于生效时间。")
    if reason := why_too_many(limits, n, wish.face * n):
        return reason
    if limits.services and not set(wish.services) <= set(limits.services):
        return _("云服务类型超出该额度的范围。")
    if limits.order_types and not set(wish.order_types) <= set(limits.order_types):
        return _("订购类型超出该额度的范围。")
    if wish.ratio is not None and not KINDS[limits.kind].share:
        return _("该类券没有使用限制比例。")
    if limits.ratio_most is not None and (wish.ratio or 100) > limits.ratio_most:
        return _("使用限制比例不能高于该额度的 %(n)s%%。") % {"n": limits.ratio_most}
    return ""


def why_too_many(limits: Limits, n: int, total: Decimal) -> str:
    """Why `n` coupons of `total` together are beyond the quota's limits; empty when not."""
    if limits.coupons_most is not None and limits.coupons_issued + n > limits.coupons_most:
        left = max(limits.coupons_most - limits.coupons_issued, 0)
        return _("发放张数超过该额度的限制，还可发放 %(n)s 张。") % {"n": left}
    if limits.total_most is not None and limits.total_issued + total > limits.total_most:
        return _("发放总面值超过该额度的限制。")
    return ""


def why_not_receive(limits: Limits, receiver: Receiver) -> str:
    """Why this customer gets none of this quota; empty when it may."""
    if receiver.has_left:
        return _("该客户已解除关联。")
    if limits.only_customers and receiver.number not in limits.only_customers:
        return _("该额度只能发给指定的客户。")
    if limits.association_types and receiver.association_type not in limits.association_types:
        return _("该额度不能发给此关联类型的客户。")
    if limits.only_first_time and not receiver.is_first_time:
        return _("该额度只能发给首次关联的客户。")
    if receiver.is_managed_sub:
        return _("企业财务托管子账号不能接收，请发给其企业主账号。")
    if limits.user_is_invoiced and receiver.association_type == RESALE:
        return _("该额度由用券人开票，不能发给代售客户。")
    if KINDS[limits.kind].whitelist and not receiver.is_listed:
        return _("该客户不在白名单中。")
    return ""


# ---- use ----


class Terms(Protocol):
    """What a coupon says of the orders it pays for."""

    kind: str
    starts_at: datetime
    ends_at: datetime
    min_order: Decimal
    ratio: int | None
    services: list[str]
    order_types: list[str]


@dataclass(frozen=True)
class Purchase:
    """What of an order matters to a coupon."""

    amount: Decimal
    service: str
    type: str  # new, renew, change; else empty


def most_of(ratio: int | None, amount: Decimal) -> Decimal:
    """What of an order's amount a coupon with this share may pay, at most."""
    return (amount * (ratio or 100) / 100).quantize(CENT, ROUND_DOWN)


def why_not_pay(terms: Terms, purchase: Purchase, amount: Decimal, at: datetime) -> str:
    """Why the coupon cannot pay so much of the order now; empty when it can."""
    if at < terms.starts_at:
        return _("该券尚未生效。")
    if at >= terms.ends_at:
        return _("该券已过期。")
    if purchase.amount < terms.min_order:
        return _("订单金额低于该券的最小可用订单额 %(n)s 元。") % {"n": terms.min_order}
    if terms.services and purchase.service not in terms.services:
        return _("该券不适用于此云服务类型。")
    if terms.order_types and purchase.type not in terms.order_types:
        return _("该券不适用于此订购类型。")
    most = most_of(terms.ratio, purchase.amount)
    if amount > most:
        return _("该券最多可抵扣此订单的 %(n)s 元。") % {"n": most}
    return ""


def is_given_back(kind: str, used_at: datetime, at: datetime) -> bool:
    """Whether a fully refunded order gives the coupon back (§15.4: within five days, inclusive)."""
    days = KINDS[kind].refund_days
    return days is None or at <= used_at + timedelta(days=days)
