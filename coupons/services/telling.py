"""Who is told what about quotas and coupons. Notices of another partner, and those to customers,
are rows that the partner's side does not write: they are written in the vendor's role."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from activity.services import notify
from core import formats, tenancy
from customers.accounts.services import tell_accounts
from org.models import Member
from org.permissions import QUOTAS_VIEW

from ..models import Coupon, Quota


def tell_keepers(quota: Quota, kind: str, *, at: datetime, **words: Any) -> None:
    """Whoever may see the quotas of its partner."""
    with tenancy.vendor():
        keepers = Member.objects.active().acting().holding(QUOTAS_VIEW, partner_id=quota.partner_id)
        key = f"{kind}:{quota.pk}:{at.isoformat()}"
        notify(keepers, kind, key=key, at=at, quota=quota.pk, number=quota.number, **words)


def tell_customers(
    coupons: Iterable[tuple[int, Coupon]], kind: str, partner: str, *, at: datetime
) -> None:
    """The users of these coupons' cloud accounts, each account of its own."""
    with tenancy.vendor():
        tell_accounts(
            [
                (
                    account,
                    f"{kind}:{coupon.pk}",
                    {
                        "partner": partner,
                        "number": coupon.number,
                        "amount": formats.money(coupon.face),
                        "until": formats.instant(coupon.ends_at),
                    },
                )
                for account, coupon in coupons
            ],
            kind,
            at=at,
        )
