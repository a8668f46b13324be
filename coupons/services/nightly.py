"""What the night does: ends what is over, certifies the day, and tells of what ends soon."""

from datetime import date, datetime, timedelta

from activity.services import notify
from core import clock, formats, tenancy
from customers.models import Customer
from org.models import Member
from org.permissions import QUOTAS_VIEW

from ..models import Coupon, Quota
from .proving import certify_day
from .reclaiming import expire_coupons
from .reviewing import end_plans
from .telling import tell_customers

COUPON_DAYS, QUOTA_DAYS = 7, 30  # ahead of the end (§17)


def run_night(on: date, *, at: datetime) -> None:
    """Running it twice changes nothing: each step finds what is still to do."""
    expire_coupons(at=at)
    end_plans(at=at)
    certify_day(on - timedelta(days=1), at=at)
    tell_of_ending_coupons(on, at=at)
    tell_of_ending_quotas(on, at=at)


def _day(on: date, days: int) -> tuple[datetime, datetime]:
    return clock.start_of(on + timedelta(days=days)), clock.start_of(on + timedelta(days=days + 1))


def tell_of_ending_coupons(on: date, *, at: datetime) -> int:
    """Customers whose coupons end in a week, once; returns how many coupons."""
    first, after = _day(on, COUPON_DAYS)
    with tenancy.vendor():
        ending = Coupon.objects.usable().filter(
            ends_at__gte=first, ends_at__lt=after, account__balance__gt=0
        )
        by_partner: dict[str, list[tuple[int, Coupon]]] = {}
        accounts = dict(
            Customer.objects.filter(pk__in=ending.values("customer")).values_list(
                "pk", "cloud_account"
            )
        )
        for coupon in ending.select_related("partner").order_by("pk"):
            told = by_partner.setdefault(coupon.partner.name, [])
            told.append((accounts[coupon.customer_id], coupon))
        for partner, told in by_partner.items():
            tell_customers(told, "account.coupon_expiring", partner, at=at)
        return sum(map(len, by_partner.values()))


def tell_of_ending_quotas(on: date, *, at: datetime) -> int:
    """Whoever sees the quotas, of those that end in a month with something left, once."""
    first, after = _day(on, QUOTA_DAYS)
    with tenancy.vendor():
        ending = Quota.objects.filter(
            state=Quota.State.NORMAL,
            ends_at__gte=first,
            ends_at__lt=after,
            account__balance__gt=0,
        )
        quotas = list(ending.select_related("account").order_by("pk"))
        for quota in quotas:
            keepers = (
                Member.objects.active().acting().holding(QUOTAS_VIEW, partner_id=quota.partner_id)
            )
            notify(
                keepers,
                "quota.expiring",
                key=f"quota.expiring:{quota.pk}:{quota.ends_at.isoformat()}",
                at=at,
                quota=quota.pk,
                number=quota.number,
                until=formats.instant(quota.ends_at),
                amount=formats.money(quota.account.balance),
            )
        return len(quotas)
