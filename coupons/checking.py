"""What check_coupons looks for, and what the last night found."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from activity.services import record
from core import tenancy
from ledger import checking
from ledger.checking import Check

from .models import Certificate
from .services.proving import broken_certificates, figures_at

# These are among the ledger's checks, too (ops/money.py).
CHECKS = (
    Check(
        "coupon.issued",
        _("面值与发放的资金变动不一致的券"),
        "SELECT c.id FROM coupons_coupon c LEFT JOIN ledger_transfer t"
        " ON t.key = 'coupon-issue:' || c.id AND t.target_id = c.account_id AND t.amount = c.face"
        " WHERE c.issued_at <= %(as_of)s AND t.id IS NULL",
    ),
    Check(
        "coupon.ended",
        _("已结束却还有余额的券"),
        "SELECT c.id FROM coupons_coupon c JOIN ledger_account a ON a.id = c.account_id"
        " WHERE c.state <> 'usable' AND a.balance <> 0",
        now_only=True,
    ),
    Check(
        "coupon_record.transfer",
        _("与资金变动不一致的券操作记录"),
        "SELECT r.id FROM coupons_couponrecord r JOIN ledger_transfer t ON t.id = r.transfer_id"
        " WHERE r.at <= %(as_of)s AND (r.amount, r.at) <> (t.amount, t.at)",
    ),
    Check(
        "transfer.coupon_record",
        _("没有操作记录的券资金变动"),
        "SELECT t.id FROM ledger_transfer t"
        " WHERE t.kind IN ('issue', 'coupon_reclaim', 'give', 'take') AND t.at <= %(as_of)s"
        " AND NOT EXISTS (SELECT FROM coupons_couponrecord r WHERE r.transfer_id = t.id)",
    ),
    Check(
        "quota.held",
        _("锁定金额与使用记录不一致的额度"),
        "SELECT q.id FROM coupons_quota q JOIN ledger_account a ON a.id = q.held_id"
        " WHERE a.balance <> coalesce((SELECT sum(u.amount) FROM coupons_couponuse u"
        " JOIN coupons_coupon c ON c.id = u.coupon_id"
        " WHERE c.quota_id = q.id AND u.state = 'held'), 0)",
        now_only=True,
    ),
    Check(
        "quota.used",
        _("已使用金额与使用记录不一致的额度"),
        "SELECT q.id FROM coupons_quota q JOIN ledger_account a ON a.id = q.used_id"
        " WHERE a.balance <> coalesce((SELECT sum(u.amount) FROM coupons_couponuse u"
        " JOIN coupons_coupon c ON c.id = u.coupon_id"
        " WHERE c.quota_id = q.id AND u.state = 'used'), 0)",
        now_only=True,
    ),
    Check(
        "quota.granted",
        _("额度金额与授予的资金变动不一致的额度"),
        "SELECT q.id FROM coupons_quota q LEFT JOIN ledger_transfer t"
        " ON t.target_id = q.account_id AND t.kind IN ('grant', 'give') AND t.amount = q.value"
        " WHERE q.created_at <= %(as_of)s AND t.id IS NULL",
    ),
)


@dataclass(frozen=True)
class Proof:
    quotas: int
    certificates: int
    broken: list[str]


def check_coupons(*, at: datetime, as_of: datetime | None = None) -> Proof:
    """Every quota balances, every coupon is what its entries say, every certificate is as made.

    A check of the present is kept for 运行状况.
    """
    found = checking.check(CHECKS, at=at, as_of=as_of)
    figures = figures_at(as_of or at)
    broken = [str(each) for each in found.findings]
    broken += [
        str(_("额度 %(number)s 不平") % {"number": each.number})
        for each in figures
        if not each.balances
    ]
    with tenancy.vendor():
        certificates = Certificate.objects.count()
        broken += [f"{each.day} {each}: {reason}" for each, reason in broken_certificates()]
        if as_of is None:
            after = {"quotas": len(figures), "broken": "; ".join(broken)[:500]}
            record("coupons.checked", by=None, at=at, after=after)
    return Proof(len(figures), certificates, broken)
