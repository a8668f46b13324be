"""Charges line by line, and orders in every state, for the demo: made of what its world has.

Each charge is a day's figure of a customer and service, so that both say the same.
"""

from datetime import datetime

from django.db import connection
from django.utils.translation import gettext as _

from billing.models import ConsumptionFile
from billing.orders.models import Order
from core import tenancy

from ..plan import Spec
from ..services import PROVIDER

_SUB_ACCOUNTS = """INSERT INTO billing_subaccount (provider, number, name, cloud_account_id)
    SELECT %(provider)s, number, '', id FROM customers_cloudaccount ORDER BY id
    ON CONFLICT DO NOTHING"""
# Now and then something was refunded: then more was used before.
_CHARGES = """WITH figure AS (
    SELECT d.*, s.id AS sub_account_id, v.category,
        CASE WHEN (d.customer_id * 7 + (d.day - date '2020-01-01')) %% 211 = 0 THEN 12.00 ELSE 0 END
            AS refund
    FROM billing_dailyconsumption d
    JOIN customers_customer c ON c.id = d.customer_id
    JOIN billing_subaccount s ON s.cloud_account_id = c.cloud_account_id
    JOIN billing_service v ON v.id = d.service_id
), charge AS (
    SELECT f.*, 'Usage' AS kind, f.amount + f.refund AS billed, 5 AS bill_type FROM figure f
    UNION ALL
    SELECT f.*, 'Refund', -f.refund, 4 FROM figure f WHERE f.refund > 0
)
INSERT INTO billing_chargeline (day, file_id, line_number, sub_account_id, service_id, category,
    currency, billed_cost, list_cost, started_at, ended_at, region, resource, resource_name,
    charge_mode, bill_type, payment_status)
SELECT day, %(file)s, row_number() OVER (ORDER BY day, customer_id, service_id, bill_type),
    sub_account_id, service_id, kind, currency, billed,
    CASE WHEN kind = 'Usage' THEN round(billed / 0.85, 2) ELSE billed END,
    day::timestamp AT TIME ZONE 'Asia/Shanghai',
    (day + 1)::timestamp AT TIME ZONE 'Asia/Shanghai',
    CASE customer_id %% 3 WHEN 0 THEN 'cn-south-1' WHEN 1 THEN 'cn-north-4' ELSE 'cn-east-3' END,
    'r-' || customer_id || '-' || service_id, category || '-' || service_id, 3, bill_type, 1
FROM charge"""
_LINES = "SELECT count(*) FROM billing_chargeline WHERE file_id = %s"
_ORDERS = """INSERT INTO billing_order (partner_id, customer_id, number, status, type, source,
    service_id, official_amount, amount, created_at, paid_at, is_outdated, contract,
    enterprise_project, proxy_state, proxy_reason)
SELECT r.partner_id, r.customer_id, 'CS' || lpad(r.id::text, 12, '0'), 5,
    CASE WHEN r.id %% 4 = 0 THEN 2 ELSE 1 END, CASE WHEN r.id %% 9 = 0 THEN 8 ELSE 1 END,
    r.service_id, r.list_price * 12, round(r.list_price * 12 * 0.85, 2),
    r.created_on::timestamp AT TIME ZONE 'Asia/Shanghai' + interval '10 hours',
    r.created_on::timestamp AT TIME ZONE 'Asia/Shanghai' + interval '10 hours 7 minutes',
    false, '', '', '', ''
FROM billing_resource r WHERE r.expires_on IS NOT NULL ORDER BY r.id"""
_ORDER_LINES = """INSERT INTO billing_orderline (partner_id, customer_id, order_id, number,
    service_id, resource_number, resource_name, amount, effective_on, expires_on, is_renewed)
SELECT r.partner_id, r.customer_id, o.id, '1', r.service_id, r.number, r.name, o.amount,
    r.created_on, r.expires_on, r.auto_renew
FROM billing_resource r JOIN billing_order o ON o.number = 'CS' || lpad(r.id::text, 12, '0')
WHERE r.expires_on IS NOT NULL ORDER BY r.id"""
# Of every eleventh customer an order of the last days: waiting for the partner or for the
# customer, in work, cancelled, or waiting for the partner although something changed since.
_OPEN = """INSERT INTO billing_order (partner_id, customer_id, number, status, type, source,
    service_id, official_amount, amount, created_at, paid_at, is_outdated, contract,
    enterprise_project, proxy_state, proxy_asked_at, proxy_reason)
SELECT c.partner_id, c.id, 'CS9' || lpad(c.id::text, 11, '0'),
    (ARRAY[6, 6, 3, 4, 6])[c.state], 1 + c.id %% 3, 1, v.id, 600 + c.id %% 40 * 55,
    round((600 + c.id %% 40 * 55) * 0.9, 2),
    %(at)s - make_interval(hours => (3 + c.id %% 130)::int),
    CASE WHEN c.state = 3 THEN %(at)s - interval '2 hours' END, c.state = 5, '', '',
    CASE WHEN c.state IN (1, 5) THEN 'waiting' ELSE '' END,
    CASE WHEN c.state IN (1, 5) THEN %(at)s - interval '2 hours' END, ''
FROM (SELECT *, 1 + (id / 11) %% 5 AS state FROM customers_customer) c
JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS n FROM billing_service) v
    ON v.n = c.id %% 5
WHERE c.id %% 11 = 0 AND c.disassociated_at IS NULL AND c.associated_at < %(at)s - interval '9 days'
ORDER BY c.id"""


def make_charges(spec: Spec, at: datetime) -> None:
    """The files behind the figures, unless there are any."""
    with tenancy.vendor(), connection.cursor() as cursor:
        if ConsumptionFile.objects.exists():
            return
        file = ConsumptionFile.objects.create(
            name=_("演示账单.csv"),
            digest="",
            state=ConsumptionFile.State.IMPORTED,
            first_day=spec.days[0],
            last_day=spec.days[-1],
            imported_at=at,
        )
        cursor.execute(_SUB_ACCOUNTS, {"provider": PROVIDER})
        cursor.execute(_CHARGES, {"file": file.pk})
        cursor.execute(_LINES, [file.pk])
        file.lines = cursor.fetchone()[0]
        file.save(update_fields=["lines"])


def make_orders(at: datetime) -> None:
    """Orders of what customers have, and some that are not done, unless there are any."""
    with tenancy.vendor(), connection.cursor() as cursor:
        if not Order.objects.exists():
            cursor.execute(_ORDERS, [])
            cursor.execute(_ORDER_LINES)
            cursor.execute(_OPEN, {"at": at})
