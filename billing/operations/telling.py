"""What a customer hears of orders that its partner placed in its account."""

from datetime import datetime

from core.formats import money
from customers.accounts.services import tell_account

from .kinds import Kind
from .models import ResourceRequest


def tell_customer(row: ResourceRequest, *, at: datetime) -> None:
    """Of what was ordered and of an order's end; what failed stands in the log."""
    kind = _kind(row)
    if not kind or row.state != row.State.DONE:
        return
    tell_account(
        row.customer.cloud_account_id,
        kind,
        key=f"request:{row.pk}",
        at=at,
        partner=row.partner.name,
        subject=row.subject,
        number=str(row.order or ""),
        amount=money(row.order.amount) if row.order else "",
    )


def _kind(row: ResourceRequest) -> str:
    if row.kind == Kind.CANCEL:
        return "account.order_cancelled"
    if row.kind != Kind.ORDER:
        return ""
    if row.order is None:
        return "account.opened_on_demand"
    return "account.ordered_to_pay" if not row.order.proxy_state else "account.ordered_by_partner"
