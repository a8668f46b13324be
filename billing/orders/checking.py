"""An order that a partner paid has its transfer, and such a transfer its order (ops/money.py)."""

from django.utils.translation import gettext_lazy as _

from ledger.checking import Check

CHECKS = (
    Check(
        "order.transfer",
        _("与资金变动不一致的代支付订单"),
        "SELECT o.id FROM billing_order o JOIN ledger_transfer t ON t.id = o.proxy_transfer_id"
        " WHERE o.proxy_at <= %(as_of)s"
        " AND (t.key, t.kind, t.at) <> ('order:' || o.id, 'consume', o.proxy_at)",
    ),
    Check(
        "transfer.order",
        _("没有订单的代支付"),
        "SELECT t.id FROM ledger_transfer t WHERE t.key LIKE 'order:%%' AND t.at <= %(as_of)s"
        " AND NOT EXISTS (SELECT FROM billing_order o WHERE o.proxy_transfer_id = t.id)",
    ),
)
