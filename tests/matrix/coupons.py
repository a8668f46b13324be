"""Quotas and coupons of the matrix's world: one in each state that somebody can act on."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from coupons.models import Certificate, Quota
from coupons.services.quotas import Grant, open_quota
from coupons.services.using import hold_coupon, use_coupon
from customers.models import Customer
from org.models import Member, Partner
from tests import factories
from tests.coupons.making import make_coupon, make_quota, make_whitelist
from tests.factories import NOW, TODAY

_REVEAL = {"reveal": "name"}
_TERMS = {"min_order": "", "starts_on": "", "ends_on": "", "services": "", "remark": "x"}
_LIMITS = {
    **dict.fromkeys(("face_min", "face_max", "coupons_most", "total_most", "ratio_most"), ""),
    **dict.fromkeys(("services", "only_customers"), ""),
}


def _reseller(world: Any) -> int:
    return world.partners["reseller"].pk


SENT: dict[str, dict[str, Any]] = {
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


def of_partner(partner: Partner) -> None:
    """A quota of the vendor's, a white list, a certificate."""
    make_quota(partner, 10_000)
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
    """One that an order used in part, and one that nobody touched."""
    by = main_account(customer.partner)
    quota = Quota.objects.filter(partner=customer.partner, parent=None).first()
    if by is None or quota is None:
        return
    make_coupon(quota, customer, by=by)
    used = make_coupon(quota, customer, by=by)
    order = factories.make_order(customer=customer)
    use_coupon(hold_coupon(used, order, Decimal(40), at=NOW), at=NOW)
