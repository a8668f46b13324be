"""余额预警: who keeps the partner's money hears once when it falls below what the partner said."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from activity.services import notify, record
from core.access import Decision
from core.refusals import NotAllowed
from ledger.models import Account
from ledger.services import Moved
from org.models import Member
from org.permissions import FUNDS_VIEW

from .models import BalanceWarning


def tell_if_low(account: Account, moved: Moved, *, at: datetime) -> None:
    """After money left the account: tell if this transfer brought it below the threshold."""
    if account.kind != Account.Kind.CASH or account.partner_id is None or moved.available is None:
        return
    threshold = BalanceWarning.of(account.partner_id)
    if threshold is not None and moved.available >= threshold > moved.available - moved.amount:
        _tell(account.partner_id, moved.available - moved.amount, threshold, moved, at=at)


def tell_if_still_low(account: Account, *, at: datetime) -> None:
    """After a batch, which told nothing of single transfers."""
    if account.partner_id is None:
        return
    threshold = BalanceWarning.of(account.partner_id)
    if threshold is not None and account.balance < threshold:
        _tell(account.partner_id, account.balance, threshold, None, at=at)


def _tell(
    partner_id: int, left: Decimal, threshold: Decimal, moved: Moved | None, *, at: datetime
) -> None:
    keepers = Member.objects.active().acting().holding(FUNDS_VIEW, partner_id=partner_id)
    cause = moved.transfer if moved else at.isoformat()
    notify(
        keepers,
        "funds.low",
        key=f"funds.low:{cause}",
        at=at,
        left=f"{left:,.2f}",
        threshold=f"{threshold:,.2f}",
    )


def decide_set_warning(by: Member) -> Decision:
    return by.may(FUNDS_VIEW)


@transaction.atomic
def set_warning(threshold: Decimal | None, *, by: Member, at: datetime) -> None:
    """设置余额预警 of the member's partner; None: no warning. Raises NotAllowed."""
    if not (decision := decide_set_warning(by)):
        raise NotAllowed(decision)
    BalanceWarning.objects.get_or_create(partner_id=by.partner_id)
    row = BalanceWarning.objects.select_for_update(no_key=True).get(partner_id=by.partner_id)
    if row.threshold == threshold:
        return
    before, row.threshold = row.threshold, threshold
    row.save(update_fields=["threshold"])
    record(
        "funds.warning_set",
        by=by,
        at=at,
        before={"threshold": str(before or "")},
        after={"threshold": str(threshold or "")},
    )
