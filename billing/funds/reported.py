"""The vendor reports what each customer has left; the ledger follows.

Consumption is not posted charge by charge: the difference to what is there was spent (消费), or
came back (退款). Inside the import of the day's facts (billing/services/facts.py).
"""

from datetime import datetime
from typing import Any

from ledger.models import Transfer
from ledger.services import Move, transfer_many

from .accounts import vendor_account

_AT_ONCE = 5_000
# Customers first, as every flow has it; then what they have cannot change meanwhile.
_HOLD = """SELECT count(*) FROM (SELECT c.id FROM customers_customer c
    JOIN billing_customerfunds u ON u.customer_id = c.id
    JOIN billing_facts f ON f.customer_id = c.id ORDER BY c.id FOR NO KEY UPDATE OF c) held"""
_DIFFERENT = """SELECT a.id, f.customer_id, a.balance - greatest(f.available_amount, 0)
    FROM billing_facts f JOIN billing_customerfunds u ON u.customer_id = f.customer_id
    JOIN ledger_account a ON a.id = u.account_id
    WHERE f.available_amount IS NOT NULL AND a.balance <> greatest(f.available_amount, 0)
    ORDER BY a.id"""
_FOLLOW = """UPDATE billing_facts f SET available_amount = a.balance
    FROM billing_customerfunds u JOIN ledger_account a ON a.id = u.account_id
    WHERE u.customer_id = f.customer_id"""


def settle_reported(cursor: Any, *, at: datetime) -> None:
    """Post the differences of all customers in `billing_facts` that have an account."""
    cursor.execute(_HOLD)
    cursor.execute(_DIFFERENT)
    vendor, found = vendor_account(), cursor.fetchall()
    key = f"reported:{at.isoformat()}"
    spent = [Move(f"{key}:{pk}", account, vendor, less) for account, pk, less in found if less > 0]
    back = [Move(f"{key}:{pk}", vendor, account, -less) for account, pk, less in found if less < 0]
    for moves, kind in ((spent, Transfer.Kind.CONSUME), (back, Transfer.Kind.REFUND)):
        for start in range(0, len(moves), _AT_ONCE):
            transfer_many(moves[start : start + _AT_ONCE], kind=kind, at=at)
    cursor.execute(_FOLLOW)
