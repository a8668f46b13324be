"""Which request needs which scope, and what it makes of a resource."""

from calendar import monthrange
from datetime import date

from customers.authorizations.scopes import Scope

from .kinds import Kind

SCOPES = {
    Kind.START: Scope.OPERATE,
    Kind.STOP: Scope.OPERATE,
    Kind.RENEW: Scope.RENEW,
    Kind.RELEASE: Scope.OPERATE,
    Kind.ORDER: Scope.ORDER,
    Kind.CANCEL: Scope.ORDER,
}
MOST_TRIES = 5
MONTHS = (1, 2, 3, 6, 12)
ON_DEMAND = 0  # months of what is paid by use
MOST_AT_ONCE = 100  # of one thing


def renewed_until(expires_on: date, months: int) -> date:
    """The same day some months later, or the last of that month."""
    month = expires_on.month - 1 + months
    year, month = expires_on.year + month // 12, month % 12 + 1
    return expires_on.replace(
        year=year, month=month, day=min(expires_on.day, monthrange(year, month)[1])
    )
