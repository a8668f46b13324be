"""Coupons of the demo: quotas of each kind, one that goes on to the reseller, coupons that orders
used, one that was reclaimed, and the certificates of the last days.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import NAMESPACE_OID, UUID, uuid5

from billing.orders.models import Order
from core import tenancy
from core.clock import day_of, start_of
from coupons.models import Coupon, Quota, WhitelistItem, WhitelistVersion
from coupons.rules import Wish
from coupons.services.issuing import Line, issue_coupons
from coupons.services.proving import certify_day
from coupons.services.quotas import Gift, Grant, Limits, give_quota, grant_quota
from coupons.services.reclaiming import reclaim_coupon
from coupons.services.using import hold_coupon, usable_for, use_coupon
from customers.models import Customer
from org.models import Member, User

from . import vouchers

FACES = (200, 500, 100, 300, 1_000, 150)
DAYS = 4  # ago it began


def _token(word: str) -> UUID:
    return uuid5(NAMESPACE_OID, f"demo:coupons:{word}")


def make_coupons(
    distributor: Member, reseller: Member, operator: User, reviewer: User, *, at: datetime
) -> None:
    """Once: the first quota is there, or all of it is made."""
    with tenancy.vendor():
        if Quota.objects.filter(token=_token("voucher")).exists():
            return
        start = start_of(day_of(at)) - timedelta(days=DAYS) + timedelta(hours=9)
        ends_at = start_of(day_of(at) + timedelta(days=300))
        limits = {"voucher": Limits(face_min=Decimal(10), face_max=Decimal(2_000))}
        made = {}
        for kind, value in (("voucher", 50_000), ("cash", 20_000), ("pickup", 30_000)):
            grant = Grant(
                *(kind, Decimal(value), start, ends_at),
                limits=limits.get(kind, Limits()),
                remark="市场支持",
            )
            partner = distributor.partner if kind == "voucher" else reseller.partner
            token = _token(kind)
            made[kind] = grant_quota(partner, grant, token=token, by=operator, at=start)
        gift = Gift((reseller.partner,), Decimal(8_000), "季度支持")
        give_at = start + timedelta(hours=2)
        (given,) = give_quota(
            made["voucher"], gift, token=_token("give"), by=distributor, at=give_at
        )
        assert given.given
        customers = _customers(reseller)
        _whitelist(reseller, customers[:4], at=give_at)
        _issue(given.given, customers, by=reseller, at=start + timedelta(days=1))
        _issue(made["pickup"], customers[:2], by=reseller, at=start + timedelta(days=1, hours=1))
        _use(customers, at=start + timedelta(days=2))
        staff = {"operator": operator, "reviewer": reviewer}
        vouchers.make_vouchers(customers, by=reseller, **staff, at=start + timedelta(hours=1))
        last = Coupon.objects.usable().filter(customer=customers[-1]).first()
        if last:
            reclaim_coupon(last, by=reseller, at=start + timedelta(days=3), tell=False)
    for ago in range(DAYS, 0, -1):
        certify_day(day_of(at) - timedelta(days=ago), at=at)


def _customers(by: Member) -> list[Customer]:
    """Those with orders first, so that some coupons are used."""
    mine = Customer.objects.visible_to(by).associated().filter(association_type="resale")
    having = mine.filter(orders__isnull=False).distinct().order_by("pk")
    return list(having[:6]) or list(mine.order_by("pk")[:6])


def _whitelist(by: Member, customers: list[Customer], *, at: datetime) -> None:
    for kind in ("cash", "pickup"):
        version = WhitelistVersion.objects.create(
            partner_id=by.partner_id,
            kind=kind,
            version=1,
            file="白名单.xlsx",
            size=len(customers),
            member=by,
            at=at,
        )
        WhitelistItem.objects.bulk_create(
            WhitelistItem(partner_id=by.partner_id, version=version, number=each.number)
            for each in customers
        )


def _issue(quota: Quota, customers: list[Customer], *, by: Member, at: datetime) -> None:
    lines = [
        Line(customer, Wish(Decimal(face), quota.starts_at, quota.ends_at, remark="年底活动"))
        for customer, face in zip(customers, FACES, strict=False)
    ]
    issue_coupons(quota, lines, token=_token(f"issue:{quota.pk}"), by=by, at=at)


def _use(customers: list[Customer], *, at: datetime) -> None:
    """Simulated orders pay with them by the same service as real ones."""
    for n, customer in enumerate(customers[:3]):
        order = Order.objects.filter(customer=customer, amount__gt=1).order_by("pk").first()
        if order and (offered := usable_for(order, at=at)):
            coupon, most = offered[0]
            use = hold_coupon(coupon, order, most, at=at + timedelta(hours=n))
            if n:  # the first is still in payment
                use_coupon(use, at=at + timedelta(hours=n, minutes=2))
