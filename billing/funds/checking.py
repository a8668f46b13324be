"""Each record has its transfer, each transfer of these kinds its record (ops/money.py)."""

from django.utils.translation import gettext_lazy as _

from ledger.checking import Check

CHECKS = (
    Check(
        "adjustment.transfer",
        _("与资金变动不一致的调账记录"),
        "SELECT d.id FROM billing_adjustment d JOIN ledger_transfer t ON t.id = d.transfer_id"
        " WHERE d.at <= %(as_of)s AND (d.amount, d.at, d.type) <> (t.amount, t.at, t.kind)",
    ),
    Check(
        "transfer.adjustment",
        _("没有调账记录的拨款或回收"),
        "SELECT t.id FROM ledger_transfer t"
        " WHERE t.kind IN ('allocate', 'reclaim', 'return') AND t.at <= %(as_of)s"
        " AND NOT EXISTS (SELECT FROM billing_adjustment d WHERE d.transfer_id = t.id)",
    ),
    Check(
        "customer.amount",
        _("可用额度不等于账户余额的客户"),
        "SELECT c.id FROM billing_customerfunds u JOIN ledger_account a ON a.id = u.account_id"
        " JOIN customers_customer c ON c.id = u.customer_id WHERE c.association_type = 'resale'"
        " AND c.available_amount IS DISTINCT FROM a.balance",
        now_only=True,
    ),
)
