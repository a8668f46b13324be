"""Quotas and coupons of the matrix's world: one in each state that somebody can act on."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from coupons.models import Certificate, Promotion, Quota
from coupons.services.quotas import Grant, open_quota
from coupons.services.using import hold_coupon, use_coupon
from customers.models import Customer
from org.models import Member, Partner
from tests import factories
from tests.coupons.making import (
    make_coupon,
    make_plan,
    make_promotion,
    make_quota,
    make_whitelist,
)
from tests.factories import NOW, TODAY

_REVEAL = {"reveal": "name"}
_TERMS = {"min_order": "", "starts_on": "", "ends_on": "", "services": "", "remark": "x"}
_LIMITS = {
    **dict.fromkeys(("face_min", "face_max", "coupons_most", "total_most", "ratio_most"), ""),
    **dict.fromkeys(("services", "only_customers"), ""),
}


def _reseller(world: Any) -> int:
    return world.partners["reseller"].pk


def _running(world: Any) -> int:
    return Promotion.objects.running(NOW).get().pk


_PLAN = {
    **dict.fromkeys(("min_order", "services", "remark", "search"), ""),
    "face": "1",
    "per_customer": "1",
    "promotion": _running,
    "step": "save",
    "starts_on": "2026-11-21",
    "ends_on": "2026-11-30",
}
_PROMOTION = {"starts_on": "2026-11-21", "ends_on": "2026-12-30", "services": ""}
SENT: dict[str, dict[str, Any]] = {
    **dict.fromkeys(("coupons:create_plan", "coupons:copy_plan", "coupons:edit_plan"), _PLAN),
    "coupons:voucher_record_list": _REVEAL,
    "admin:coupons_promotion_add": _PROMOTION,
    "admin:coupons_promotion_change": _PROMOTION,
    "admin:coupons_voucherplan_do": {"confirmed": "on", "reason": "x"},
    "coupons:coupon_list": _REVEAL,
    "coupons:use_list": _REVEAL,
    "coupons:record_list": _REVEAL,
    "coupons:issue": {**_TERMS, "face": "1", "search": "", "step": "confirm"},
    "coupons:give": {"amount": "1", "step": "confirm"},
    "admin:coupons_quota_add": {
        **_LIMITS,
        "partner": _reseller,
        "value": "100",
        "starts_on": "2026-11-20",
        "ends_on": "2027-11-20",
    },
    "admin:coupons_quota_do": {**_LIMITS, "reason": "x", "ends_on": "2027-10-20"},
}
# A distributor's quota goes to its reseller as a row of the reseller's, and comes back.
_OF_QUOTA = {"activity_notification", "ledger_account", "ledger_entry", "coupons_quota"}
CROSSES = {"coupons:give": _OF_QUOTA, "coupons:take": _OF_QUOTA}


def main_account(partner: Partner) -> Member | None:
    return Member.objects.active().acting().main_accounts().filter(partner=partner).first()


def of_everybody() -> None:
    """A promotion that runs is nobody's: every partner sees it."""
    make_promotion()


def of_vendor() -> None:
    """One that only the desk knows yet."""
    make_promotion("coming", starts_at=NOW + timedelta(days=1))


def of_partner(partner: Partner) -> None:
    """A quota of the vendor's, a white list, a certificate."""
    quota = make_quota(partner, 10_000)
    Quota.objects.filter(pk=quota.pk).update(promotion=Promotion.objects.running(NOW).get())
    by = main_account(partner)
    if by is None:
        return
    make_whitelist(kind="cash", by=by, numbers=["x"])
    Certificate.objects.create(
        partner=partner, day=TODAY - timedelta(days=1), figures=[], digest="0" * 64, made_at=NOW
    )


def of_reseller(partner: Partner) -> None:
    """What its distributor gave it. Made among the reseller's rows: the record is not ours."""
    parent = Quota.objects.filter(partner=partner.distributor).first()
    grant = Grant("voucher", Decimal(5), parent.starts_at, parent.ends_at)
    open_quota(partner.pk, grant, at=NOW, parent=parent, giver=parent.partner)


def of_customer(customer: Customer) -> None:
    """One that an order used in part, one that nobody touched; vouchers drafted and asked for."""
    by = main_account(customer.partner)
    quota = Quota.objects.filter(partner=customer.partner, parent=None).first()
    if by is None or quota is None:
        return
    make_coupon(quota, customer, by=by)
    used = make_coupon(quota, customer, by=by)
    order = factories.make_order(customer=customer)
    use_coupon(hold_coupon(used, order, Decimal(40), at=NOW), at=NOW)
    promotion = Promotion.objects.running(NOW).get()
    make_plan(promotion, customer, by=by, submits=False)
    make_plan(promotion, customer, by=by)
