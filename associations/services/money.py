"""What a customer's money does when it leaves or becomes 顾问销售: it returns to the partner.

The one seam to the ledger. Until customers have accounts there (billing/funds), the product knows
of the money what the vendor reports each day, `Customer.available_amount`.
"""

from datetime import datetime
from decimal import Decimal

from activity.services import Actor
from customers.models import Customer


def amount_to_return(customer: Customer) -> Decimal:
    """What 解绑回收 would return to the partner."""
    return customer.available_amount or Decimal(0)


def return_balance(customer: Customer, *, key: str, by: Actor, at: datetime) -> None:
    """解绑回收: once for each cause, which `key` names; of nothing, nothing.

    Whoever calls has the customer locked.
    """
    customer.available_amount = None
    customer.save(update_fields=["available_amount"])
