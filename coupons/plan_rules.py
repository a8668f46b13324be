"""What an activity voucher may be: within its promotion (customers_coupons.md §15.6b)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from django.utils.translation import gettext as _

MOST_CUSTOMERS, MOST_EACH = 100, 10
NAME_LONGEST, REASON_LONGEST = 64, 200


class Terms(Protocol):
    """When and for what something counts; empty is any."""

    starts_at: datetime
    ends_at: datetime
    services: list[str]
    order_types: list[str]


def why_not_within(plan: Terms, promotion: Terms) -> str:
    """Why the vouchers reach beyond the promotion; empty when they do not."""
    if not promotion.starts_at <= plan.starts_at < plan.ends_at <= promotion.ends_at:
        return _("有效期须在促销活动的起止时间之内，且失效时间晚于生效时间。")
    if beyond(plan.services, promotion.services):
        return _("云服务类型超出该促销活动的范围。")
    if beyond(plan.order_types, promotion.order_types):
        return _("订购类型超出该促销活动的范围。")
    return ""


def why_not_run(plan: Terms, promotion: Terms, at: datetime) -> str:
    """Why such vouchers cannot be asked for or approved now; empty when they can."""
    if at < promotion.starts_at:
        return _("该促销活动尚未开始。")
    if at >= promotion.ends_at:
        return _("该促销活动已结束。")
    if at >= plan.ends_at:
        return _("有效期已过。")
    return why_not_within(plan, promotion)


def beyond(own: Sequence[str], limit: Sequence[str]) -> bool:
    """Whether something is asked for that the limit leaves out; nothing said asks for all."""
    return bool(limit) and not (own and set(own) <= set(limit))
