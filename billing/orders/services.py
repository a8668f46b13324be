"""客户订单 come in: by file, or as rows of the open API. Both are `take_orders` and `take_lines`.

A row that says what is known already changes nothing. What the partner did to an order stands:
an order that it paid for does not fall back to 待支付 because a report is older than the payment.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, BinaryIO

from django.db import connection, transaction
from django.utils.translation import gettext as _

from activity.services import Actor, record
from billing import values
from billing.errorfile import ErrorFile
from billing.services import intake
from billing.services.intake import Column, Facts, Row, maybe, name, one_of
from billing.tables import NotReadable

from .announce import tell_waiting
from .models import Order

ORDER = (
    Column("number", "varchar(64)", name(64)),
    Column("customer_number", "varchar(64)", name(64)),
    Column("status", "smallint", maybe(one_of(Order.Status.values))),
    Column("type", "smallint", maybe(one_of(Order.Type.values))),
    Column("provider", "varchar(100)", name(100)),
    Column("service", "varchar(200)", name(200)),
    Column("official_amount", "numeric(18, 2)", maybe(values.money)),
    Column("amount", "numeric(18, 2)", maybe(values.money)),
    Column("created_at", "timestamptz", maybe(values.instant)),
)
ORDER_MORE = (
    Column("source", "smallint", maybe(one_of(Order.Source.values)), empty=1),
    Column("paid_at", "timestamptz", maybe(values.instant), empty=None),
    Column("starts_at", "timestamptz", maybe(values.instant), empty=None),
    Column("is_outdated", "boolean", maybe(values.yes_no), empty=False),
    Column("contract", "varchar(64)", name(64), empty=""),
    Column("enterprise_project", "varchar(128)", name(128), empty=""),
    # When the customer chose 伙伴支付; empty: he did not.
    Column("proxy_asked_at", "timestamptz", maybe(values.instant), empty=None),
)
LINE = (
    Column("order_number", "varchar(64)", name(64)),
    Column("number", "varchar(64)", name(64)),
    Column("provider", "varchar(100)", name(100)),
    Column("service", "varchar(200)", name(200)),
    Column("amount", "numeric(18, 2)", maybe(values.money)),
    Column("expires_on", "date", maybe(values.day)),
)
LINE_MORE = (
    Column("resource_number", "varchar(128)", name(128), empty=""),
    Column("resource_name", "varchar(128)", name(128), empty=""),
    Column("effective_on", "date", maybe(values.day), empty=None),
    Column("is_renewed", "boolean", maybe(values.yes_no), empty=False),
)

# Whose customer it was on the Beijing day of the order, as charges count.
_KNOWN = """UPDATE billing_facts f SET customer_id = c.id, partner_id = c.partner_id
    FROM customers_customer c
    WHERE c.id = (
        SELECT o.id FROM customers_customer o
        JOIN customers_cloudaccount a ON a.id = o.cloud_account_id
        WHERE a.number = f.customer_number
            AND (o.associated_at AT TIME ZONE 'Asia/Shanghai')::date
                <= (f.created_at AT TIME ZONE 'Asia/Shanghai')::date
            AND (o.disassociated_at IS NULL
                OR (o.disassociated_at AT TIME ZONE 'Asia/Shanghai')::date
                    >= (f.created_at AT TIME ZONE 'Asia/Shanghai')::date)
        ORDER BY o.associated_at DESC, o.id DESC LIMIT 1)"""
_OF_ANOTHER = """EXISTS (SELECT FROM billing_order o
    WHERE o.number = f.number AND o.customer_id <> f.customer_id)"""
_PAYS_NOTHING = """f.amount <= 0 AND (f.proxy_asked_at IS NOT NULL OR EXISTS (
    SELECT FROM billing_order o WHERE o.number = f.number AND o.proxy_state <> ''))"""
_SERVICES = """INSERT INTO billing_service (provider, name, category)
    SELECT DISTINCT provider, service, '' FROM billing_facts ON CONFLICT DO NOTHING"""
_FIELDS = """customer_id, status, type, source, service_id, official_amount, amount, created_at,
    paid_at, starts_at, is_outdated, contract, enterprise_project"""
# A payment by the partner that the report does not know yet: status and time of payment stay.
_AHEAD = "o.proxy_state = 'paid' AND excluded.status IN (6, 9)"
# Asked again after a refusal, or for the first time, while it is unpaid.
_ASKED = """excluded.status = 6 AND excluded.proxy_asked_at IS NOT NULL
    AND o.proxy_state IN ('', 'refused')
    AND (o.proxy_at IS NULL OR excluded.proxy_asked_at > o.proxy_at)"""
_UPSERT = f"""INSERT INTO billing_order AS o (partner_id, number, {_FIELDS}, proxy_state,
        proxy_asked_at, proxy_reason)
    SELECT f.partner_id, f.number, f.customer_id, f.status, f.type, f.source, s.id,
        f.official_amount, f.amount, f.created_at, f.paid_at, f.starts_at, f.is_outdated,
        f.contract, f.enterprise_project,
        CASE WHEN f.status = 6 AND f.proxy_asked_at IS NOT NULL THEN 'waiting' ELSE '' END,
        f.proxy_asked_at, ''
    FROM billing_facts f
    JOIN billing_service s ON s.provider = f.provider AND s.name = f.service
    ORDER BY f.number
    ON CONFLICT (number) DO UPDATE SET
        status = CASE WHEN {_AHEAD} THEN o.status ELSE excluded.status END,
        paid_at = CASE WHEN {_AHEAD} THEN o.paid_at ELSE excluded.paid_at END,
        (type, source, service_id, official_amount, amount, created_at, starts_at, is_outdated,
            contract, enterprise_project)
        = (excluded.type, excluded.source, excluded.service_id, excluded.official_amount,
            excluded.amount, excluded.created_at, excluded.starts_at, excluded.is_outdated,
            excluded.contract, excluded.enterprise_project),
        proxy_asked_at = CASE WHEN {_ASKED} THEN excluded.proxy_asked_at
            ELSE o.proxy_asked_at END,
        proxy_at = CASE WHEN {_ASKED} THEN NULL ELSE o.proxy_at END,
        proxy_by_id = CASE WHEN {_ASKED} THEN NULL ELSE o.proxy_by_id END,
        proxy_reason = CASE WHEN {_ASKED} THEN '' ELSE o.proxy_reason END,
        proxy_state = CASE WHEN {_ASKED} THEN 'waiting' ELSE o.proxy_state END
    WHERE ({_ASKED}) OR (NOT ({_AHEAD})
            AND (o.status, o.paid_at) IS DISTINCT FROM (excluded.status, excluded.paid_at))
        OR (o.type, o.source, o.service_id, o.official_amount, o.amount, o.created_at, o.starts_at,
            o.is_outdated, o.contract, o.enterprise_project)
        IS DISTINCT FROM (excluded.type, excluded.source, excluded.service_id,
            excluded.official_amount, excluded.amount, excluded.created_at, excluded.starts_at,
            excluded.is_outdated, excluded.contract, excluded.enterprise_project)"""
_OF_ORDER = """UPDATE billing_facts f SET customer_id = o.customer_id, partner_id = o.partner_id
    FROM billing_order o WHERE o.number = f.order_number"""
_UPSERT_LINES = """INSERT INTO billing_orderline AS l (partner_id, customer_id, order_id, number,
        service_id, resource_number, resource_name, amount, effective_on, expires_on, is_renewed)
    SELECT f.partner_id, f.customer_id, o.id, f.number, s.id, f.resource_number, f.resource_name,
        f.amount, f.effective_on, f.expires_on, f.is_renewed
    FROM billing_facts f JOIN billing_order o ON o.number = f.order_number
    JOIN billing_service s ON s.provider = f.provider AND s.name = f.service
    ORDER BY o.id, f.number
    ON CONFLICT (order_id, number) DO UPDATE SET
        (service_id, resource_number, resource_name, amount, effective_on, expires_on, is_renewed)
        = (excluded.service_id, excluded.resource_number, excluded.resource_name, excluded.amount,
            excluded.effective_on, excluded.expires_on, excluded.is_renewed)
    WHERE (l.service_id, l.resource_number, l.resource_name, l.amount, l.effective_on,
            l.expires_on, l.is_renewed)
        IS DISTINCT FROM (excluded.service_id, excluded.resource_number, excluded.resource_name,
            excluded.amount, excluded.effective_on, excluded.expires_on, excluded.is_renewed)"""


def import_orders(stream: BinaryIO, *, by: Actor, at: datetime) -> Facts:
    """导入客户订单: a file with one line an order."""
    facts = Facts(ErrorFile())
    _columns, rows = intake.read(stream, facts, ORDER, ORDER_MORE)
    return _whole(_take_orders(rows, facts, by=by, at=at))


def import_lines(stream: BinaryIO, *, by: Actor, at: datetime) -> Facts:
    """导入订单资源明细: a file with one line an order's resource."""
    facts = Facts(ErrorFile())
    _columns, rows = intake.read(stream, facts, LINE, LINE_MORE)
    return _whole(_take_lines(rows, facts, by=by, at=at))


def take_orders(rows: Iterable[Mapping[str, Any]], *, by: Actor, at: datetime) -> Facts:
    """Orders as values by column name; those of ORDER_MORE may be missing."""
    facts = Facts(ErrorFile())
    return _take_orders(_numbered(rows, (*ORDER, *ORDER_MORE), facts), facts, by=by, at=at)


def take_lines(rows: Iterable[Mapping[str, Any]], *, by: Actor, at: datetime) -> Facts:
    """Lines of orders, likewise."""
    facts = Facts(ErrorFile())
    return _take_lines(_numbered(rows, (*LINE, *LINE_MORE), facts), facts, by=by, at=at)


def _numbered(
    rows: Iterable[Mapping[str, Any]], columns: tuple[Column, ...], facts: Facts
) -> Iterable[Row]:
    for number, row in enumerate(rows, start=1):
        facts.lines += 1
        said = [row[c.name] if c.empty is ... else row.get(c.name, c.empty) for c in columns]
        yield [number, str(row["number"]), *said]


def _whole(facts: Facts) -> Facts:
    if not facts.lines and not facts.errors.count:
        raise NotReadable(_("文件中没有数据行"))
    return facts


@transaction.atomic
def _take_orders(rows: Iterable[Row], facts: Facts, *, by: Actor, at: datetime) -> Facts:
    with connection.cursor() as cursor:
        intake.stage(cursor, (*ORDER, *ORDER_MORE), rows)
        intake.take_repeated(cursor, facts, "number")
        cursor.execute(_KNOWN)
        unknown = _("没有此客户，或下单时未与伙伴关联")
        intake.take(cursor, facts, "f.customer_id IS NULL", unknown)
        intake.take(cursor, facts, _OF_ANOTHER, _("该订单号属于其他客户"))
        intake.take(cursor, facts, _PAYS_NOTHING, _("等待伙伴支付的订单金额须大于 0"))
        cursor.execute(_SERVICES)
        cursor.execute(_UPSERT)
        facts.changed = cursor.rowcount
    tell_waiting(at=at)
    _record("orders.imported", facts, by=by, at=at)
    return facts


@transaction.atomic
def _take_lines(rows: Iterable[Row], facts: Facts, *, by: Actor, at: datetime) -> Facts:
    with connection.cursor() as cursor:
        intake.stage(cursor, (*LINE, *LINE_MORE), rows)
        intake.take_repeated(cursor, facts, "order_number", "number")
        cursor.execute(_OF_ORDER)
        intake.take(cursor, facts, "f.customer_id IS NULL", _("没有此订单，请先导入订单"))
        cursor.execute(_SERVICES)
        cursor.execute(_UPSERT_LINES)
        facts.changed = cursor.rowcount
    _record("order_lines.imported", facts, by=by, at=at)
    return facts


def _record(verb: str, facts: Facts, *, by: Actor, at: datetime) -> None:
    after = {"lines": facts.lines, "changed": facts.changed, "bad_lines": facts.errors.count}
    record(verb, by=by, at=at, after=after)
