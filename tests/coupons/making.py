"""Quotas and coupons for tests."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from billing.orders.models import Order
from core import tenancy
from coupons.models import (
    Coupon,
    CouponRecord,
    CouponUse,
    Promotion,
    Quota,
    VoucherPlan,
    WhitelistItem,
    WhitelistVersion,
)
from coupons.rules import Wish
from coupons.services.issuing import Line, issue_coupons
from coupons.services.plans import Draft, create_plan
from coupons.services.quotas import Grant, Limits, grant_quota
from coupons.services.using import hold_coupon, use_coupon
from customers.models import Customer
from ledger.services import balance
from org.models import Member, Partner
from tests.factories import NOW


def make_quota(
    partner: Partner,
    value: Decimal | int | str = 1000,
    *,
    kind: str = "voucher",
    days: int = 365,
    **limits: Any,
) -> Quota:
    """Valid since yesterday."""
    begin = NOW - timedelta(days=1)
    end = NOW + timedelta(days=days)
    grant = Grant(kind, Decimal(str(value)), begin, end, Limits(**limits))
    with tenancy.vendor():
        return grant_quota(partner, grant, token=uuid4(), by=None, at=NOW)


def make_wish(quota: Quota, face: Decimal | int | str = 100, **fields: Any) -> Wish:
    fields = {"starts_at": quota.starts_at, "ends_at": quota.ends_at} | fields
    return Wish(Decimal(str(face)), **fields)


def issue(
    quota: Quota,
    *customers: Customer,
    by: Member,
    face: Decimal | int | str = 100,
    token: UUID | None = None,
    at: Any = NOW,
    **fields: Any,
) -> list[CouponRecord]:
    lines = [Line(customer, make_wish(quota, face, **fields)) for customer in customers]
    return issue_coupons(quota, lines, token=token or uuid4(), by=by, at=at)


def make_coupon(quota: Quota, customer: Customer, *, by: Member, **fields: Any) -> Coupon:
    """One that was issued."""
    (made,) = issue(quota, customer, by=by, **fields)
    assert made.coupon, made.reason
    return made.coupon


def use_some(coupon: Coupon, order: Order, amount: Decimal | int | str = 40) -> CouponUse:
    """An order of the customer that was paid with some of it."""
    return use_coupon(hold_coupon(coupon, order, Decimal(str(amount)), at=NOW), at=NOW)


def make_whitelist(*, kind: str, by: Member, numbers: list[str], version: int = 1) -> None:
    made = WhitelistVersion.objects.create(
        partner_id=by.partner_id,
        kind=kind,
        version=version,
        file="白名单.xlsx",
        size=len(numbers),
        member=by,
        at=NOW,
    )
    for number in numbers:
        WhitelistItem.objects.create(partner_id=by.partner_id, version=made, number=number)


def make_promotion(name: str = "年末上云季", *, days: int = 30, **fields: Any) -> Promotion:
    """Running since yesterday."""
    window = {"starts_at": NOW - timedelta(days=1), "ends_at": NOW + timedelta(days=days)}
    with tenancy.vendor():
        return Promotion.objects.create(**{"name": name, "created_at": NOW, **window, **fields})


def make_draft(promotion: Promotion, *customers: Customer, **fields: Any) -> Draft:
    """What is filled in for them."""
    said = {
        "name": "新客上云",
        "face": Decimal(100),
        "per_customer": 1,
        "starts_at": promotion.starts_at,
        "ends_at": promotion.ends_at,
        "min_order": Decimal(0),
        "services": [],
        "order_types": [],
        "remark": "",
    }
    return Draft(**{**said, "promotion": promotion, "customers": customers, **fields})


def make_plan(
    promotion: Promotion,
    *customers: Customer,
    by: Member,
    submits: bool = True,
    token: UUID | None = None,
    **fields: Any,
) -> VoucherPlan:
    """Waiting for the vendor, or a draft."""
    draft = make_draft(promotion, *customers, **fields)
    return create_plan(draft, submits=submits, token=token or uuid4(), by=by, at=NOW)


def left(quota: Quota) -> dict[str, Decimal]:
    """What stands on the quota's own accounts."""
    names = ("account", "held", "used", "lost")
    return {name: balance(getattr(quota, f"{name}_id")) for name in names}
