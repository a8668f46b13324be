"""The statements that make a month's bills, lines and obligations: sets, no loops.

The rule: a month's bill brings what the figures say now, less what earlier bills said of the
same customer, type, product and month of charge. Of the month itself nothing was said yet; of
earlier months that are billed only corrections are left.
"""

from datetime import date, datetime
from typing import Any

# The type of the charge's day: before a change the former one, from its Beijing day on the new.
_TYPE = """coalesce((
        SELECT t.before FROM billing_typechange t WHERE t.customer_id = d.customer_id
            AND (t.changed_at AT TIME ZONE 'Asia/Shanghai')::date > d.day
        ORDER BY t.changed_at, t.id LIMIT 1
    ), c.association_type)"""
# Months stand ready for most customers. Days are added up where the type changed, or where a
# month has no CNY figure because a day lacks its rate: the days that have one are billed.
_FRESH = f"""
CREATE TEMPORARY TABLE billing_fresh ON COMMIT DROP AS
WITH months AS (
    SELECT %(month)s::date AS month
    UNION SELECT month FROM billing_billrun WHERE month >= %(first)s AND month < %(month)s
), parts AS (
    SELECT m.*, c.association_type, m.amount_cny IS NULL
        OR m.customer_id IN (SELECT customer_id FROM billing_typechange) AS by_day
    FROM billing_monthlyconsumption m JOIN customers_customer c ON c.id = m.customer_id
    WHERE m.month IN (SELECT month FROM months)
), figures AS (
    SELECT partner_id, customer_id, association_type, service_id, month AS charge_month,
        amount_cny AS amount
    FROM parts WHERE NOT by_day
    UNION ALL
    SELECT d.partner_id, d.customer_id, {_TYPE}, d.service_id, p.month, d.amount_cny
    FROM parts p JOIN billing_dailyconsumption d USING (customer_id, service_id, currency)
    JOIN customers_customer c ON c.id = d.customer_id
    WHERE p.by_day AND d.day >= p.month AND d.day < (p.month + interval '1 month')::date
        AND d.day >= %(first)s AND d.day < %(next)s AND d.amount_cny IS NOT NULL
    UNION ALL
    SELECT partner_id, customer_id, association_type, service_id, charge_month, -amount
    FROM billing_billedcharge WHERE charge_month IN (SELECT month FROM months)
)
SELECT f.partner_id, f.customer_id, f.association_type, f.service_id, f.charge_month,
    CASE WHEN f.association_type <> 'referral'
        THEN coalesce(p.distributor_id, p.id) END AS payer_id,
    sum(f.amount) AS amount
FROM figures f JOIN org_partner p ON p.id = f.partner_id
GROUP BY 1, 2, 3, 4, 5, 6
HAVING sum(f.amount) <> 0"""
_BILLS = """
INSERT INTO billing_partnerbill (partner_id, month, total, due, is_complete, made_at)
SELECT payer_id, %(month)s, sum(amount), greatest(round(sum(amount), 2), 0), %(is_complete)s, %(at)s
FROM billing_fresh WHERE payer_id IS NOT NULL GROUP BY 1 ORDER BY 1"""
_LINES = """
INSERT INTO billing_billedcharge (partner_id, customer_id, customer_number, association_type,
    service_id, charge_month, bill_month, payer_id, amount)
SELECT f.partner_id, f.customer_id, c.number, f.association_type, f.service_id, f.charge_month,
    %(month)s, f.payer_id, f.amount
FROM billing_fresh f JOIN customers_customer c ON c.id = f.customer_id
ORDER BY f.payer_id, f.partner_id, f.customer_id, f.service_id"""
_OF_CUSTOMERS = """
INSERT INTO billing_obligation (partner_id, customer_id, issuer_id, issuer_name, receiver_number,
    receiver_name, month, association_type, direction, amount, made_at)
SELECT f.partner_id, f.customer_id, f.payer_id, coalesce(i.name, ''), c.number, c.name, %(month)s,
    f.association_type, CASE WHEN f.payer_id IS NULL THEN 'to_customer' ELSE 'by_partner' END,
    greatest(round(sum(f.amount), 2), 0), %(at)s
FROM billing_fresh f JOIN customers_customer c ON c.id = f.customer_id
LEFT JOIN org_partner i ON i.id = f.payer_id
GROUP BY 1, 2, 3, 4, 5, 6, f.association_type ORDER BY 1, 2"""
_OF_BILLS = """
INSERT INTO billing_obligation (partner_id, issuer_name, receiver_number, receiver_name,
    month, association_type, direction, amount, made_at)
SELECT b.partner_id, '', '', p.name, b.month, p.sales_model, 'to_partner', b.due, %(at)s
FROM billing_partnerbill b JOIN org_partner p ON p.id = b.partner_id
WHERE b.month = %(month)s ORDER BY 1"""
# Whose business a bill is: the main account's and 财务.
TOLD = """
SELECT b.partner_id, m.id AS member_id, 'bill:' || b.id AS key,
    jsonb_build_object('bill', b.id, 'month', to_char(b.month, 'YYYY-MM'),
        'due', to_char(b.due, 'FM999,999,999,999,990.00')) AS params
FROM billing_partnerbill b JOIN org_member m USING (partner_id)
WHERE b.month = %(month)s AND m.is_active
    AND m.roles && ARRAY['partner_admin', 'finance']::varchar[]"""


def hold(cursor: Any) -> None:
    """One makes bills at a time."""
    cursor.execute("SELECT pg_advisory_xact_lock(hashtext('billing.bills'))")


def make(
    cursor: Any, month: date, *, first: date, following: date, is_complete: bool, at: datetime
) -> tuple[int, int]:
    """Returns how many bills and lines were made."""
    values = {
        "month": month,
        "first": first,
        "next": following,
        "is_complete": is_complete,
        "at": at,
    }
    cursor.execute("DROP TABLE IF EXISTS billing_fresh")
    cursor.execute(_FRESH, values)
    cursor.execute("ANALYZE billing_fresh")
    cursor.execute(_BILLS, values)
    bills = cursor.rowcount
    cursor.execute(_LINES, values)
    lines = cursor.rowcount
    cursor.execute(_OF_CUSTOMERS, values)
    cursor.execute(_OF_BILLS, values)
    return bills, lines
