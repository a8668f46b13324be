"""How the placeholders of coupons' addresses are filled (fillers.py has the rest)."""

from uuid import uuid4

from coupons.models import (
    Certificate,
    Coupon,
    CouponRecord,
    Quota,
    VoucherPlan,
    WhitelistVersion,
)

from .actors import Seat
from .filling import MISSING, Fill, Target, Which, rows, seen
from .world import World


def given_quotas(seat: Seat, world: World, which: Which) -> list[Target]:
    """Of resellers; the distributor that gave them sees them so."""
    if which == "missing":
        return [Target(MISSING, False)]
    ids = world.ids(Quota, "reseller", parent__isnull=False)[:1]
    mine = Quota.objects.given_by(seat.member) if seat.member else Quota.objects.none()
    return [Target(pk, mine.filter(pk=pk).exists()) for pk in ids]


def issues(seat: Seat, world: World, which: Which) -> list[Target]:
    """The submits of which a member sees the result: the own ones."""
    if which == "missing":
        return [Target(uuid4(), False)]
    ids = world.ids(CouponRecord, getattr(seat.actor, which))
    issued = CouponRecord.objects.filter(type=CouponRecord.Type.ISSUE, token__isnull=False)
    records = issued.filter(pk__in=ids).order_by("pk")
    found = records.filter(member=seat.member).first() if seat.member else None
    if not (shown := found or records.first()):
        return [Target(uuid4(), False)]
    return [Target(shown.token, found is not None)]


FILLERS: dict[tuple[str, str], Fill] = {
    ("coupons:coupon_detail", "pk"): seen(Coupon),
    ("coupons:reclaim", "pk"): seen(Coupon, state="usable"),
    ("coupons:certificate", "pk"): seen(Certificate),
    ("coupons:take", "pk"): given_quotas,
    ("coupons:issued", "token"): issues,
    ("coupons:whitelist", "pk"): seen(WhitelistVersion),
    ("coupons:plan_detail", "pk"): seen(VoucherPlan),
    ("coupons:copy_plan", "pk"): seen(VoucherPlan),
    ("coupons:withdraw_plan", "pk"): seen(VoucherPlan, state="waiting"),
    **{
        (f"coupons:{act}_plan", "pk"): seen(VoucherPlan, state="draft")
        for act in ("edit", "submit", "delete")
    },
    ("admin:coupons_voucherplan_change", "object_id"): rows(VoucherPlan, state="waiting"),
    ("admin:coupons_voucherplan_do", "object_id"): rows(VoucherPlan, state="waiting"),
    ("coupons:quota_detail", "pk"): seen(Quota, parent=None),
    ("coupons:issue", "pk"): seen(Quota, parent=None),
    ("coupons:give", "pk"): seen(Quota, parent=None),
}
