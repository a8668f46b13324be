"""Activity vouchers of the demo: a promotion that runs, a configuration that is being drafted, one
that waits, and one whose vouchers customers have; one of them was used by itself.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from billing.orders.models import Order
from core.clock import day_of, start_of
from coupons.models import Promotion
from coupons.services.plans import Draft, create_plan
from coupons.services.promotions import Offer, publish_promotion
from coupons.services.reviewing import approve_plan
from coupons.services.using import apply_activity_voucher, use_coupon
from customers.models import Customer
from org.models import Member, User

NAME, DAYS = "年末上云季", 60


def make_vouchers(
    customers: Sequence[Customer],
    *,
    by: Member,
    operator: User,
    reviewer: User,
    at: datetime,
) -> None:
    """In the vendor's role. `at`: when the promotion was published."""
    begin = start_of(day_of(at))
    offer = Offer(NAME, begin, begin + timedelta(days=DAYS), [], [])
    promotion = publish_promotion(offer, by=operator, at=at)
    said: dict[str, Any] = {"by": by, "at": at + timedelta(hours=3)}
    draft = _draft(promotion, customers[:2], name="老客续订", order_types=["renew"])
    create_plan(draft, submits=False, token=_token("draft"), **said)
    waiting = _draft(promotion, customers[:3], name="大客户扩容", face=Decimal(2_000))
    create_plan(waiting, submits=True, token=_token("waiting"), **said)
    wanted = _draft(promotion, customers, name="新客上云", per_customer=2, min_order=Decimal(1))
    plan = create_plan(wanted, submits=True, token=_token("approved"), **said)
    later = at + timedelta(days=1)
    approve_plan(plan, revision=plan.revision, by=reviewer, at=later)
    _use(customers, at=later + timedelta(hours=1))


def _token(word: str) -> Any:
    return uuid5(NAMESPACE_OID, f"demo:vouchers:{word}")


def _draft(promotion: Promotion, customers: Sequence[Customer], **fields: Any) -> Draft:
    said = {
        "face": Decimal(100),
        "per_customer": 1,
        "min_order": Decimal(0),
        "services": [],
        "order_types": [],
        "remark": "",
    }
    window = {"starts_at": promotion.starts_at, "ends_at": promotion.ends_at}
    return Draft(**{**said, **window, **fields}, promotion=promotion, customers=tuple(customers))


def _use(customers: Sequence[Customer], *, at: datetime) -> None:
    """One order takes its voucher without being asked."""
    free = Order.objects.filter(customer__in=customers, amount__gt=1, coupon_uses=None)
    order = free.order_by("-pk").first()
    if order and (use := apply_activity_voucher(order, at=at)):
        use_coupon(use, at=at + timedelta(minutes=2))
