"""Rules of customers without I/O."""

from datetime import date, datetime, timedelta

from core.clock import day_of

REFERRAL, RESALE, POSTPAID = "referral", "resale", "postpaid"
# The partner is whom the customer buys from, and whom it may authorise to act for it.
RESOLD = (RESALE, POSTPAID)


def may_bring_in(sales_model: str, *, is_frozen: bool = False) -> tuple[str, ...]:
    """The types of association that a partner of this model has: 顾问销售, and its own; while the
    vendor has frozen it, it develops no 转售 customers (§4.4).

    The one home of that rule: for invitations, imports, mapping and changes of type.
    """
    if is_frozen and sales_model == POSTPAID:
        return (REFERRAL,)
    return (REFERRAL, sales_model)


def performance_starts_on(assigned_at: datetime) -> date:
    """业绩 counts for a manager from the Beijing day after the assignment (spec §7.1, [S110])."""
    return day_of(assigned_at) + timedelta(days=1)
