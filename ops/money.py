"""All checks of the ledger: its own, and those of the apps whose records it moves money for."""

from datetime import datetime

from billing.funds.checking import CHECKS as FUNDS
from billing.orders.checking import CHECKS as ORDERS
from coupons.checking import CHECKS as COUPONS
from ledger import checking

CHECKS = (*checking.CHECKS, *FUNDS, *ORDERS, *COUPONS)


def check_ledger(*, at: datetime, as_of: datetime | None = None) -> checking.Result:
    """Check it; a check of the present is kept for 运行状况."""
    result = checking.check(CHECKS, at=at, as_of=as_of)
    if as_of is None:
        checking.record_check(result, at=at)
    return result
