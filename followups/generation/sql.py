"""One SELECT per scenario: which customers show the sign on a business date, and why.

Each yields partner_id, customer_id, subject, cause, facts. `subject` and `cause` are, with
customer and scenario, the natural key of an alert; `facts` are the figures of its texts
(followups/texts.py), amounts as text so that no float rounds them.

Consumption of the days before the business date counts, the date itself does not. Reading is
arranged for millions of customers: the days of the window are read once, grouped by customer,
and no row asks a question of its own. tests/followups/reference.py says the same in plain Python.
"""

from collections.abc import Callable
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

from core.clock import start_of

from .. import rules

Query = tuple[str, dict[str, Any]]

# A customer counts while associated, from the day after the association began.
_IN_RANGE = "c.disassociated_at IS NULL AND c.associated_at < %(midnight)s"
_DAY = "to_char(%(day)s, 'YYYY-MM-DD')"


def select(scenario: str, raw: dict[str, Any], day: date, partner_id: int | None) -> Query:
    """The scenario's SELECT with its parameters. Raises rules.BadParameters."""
    parameters = rules.parse(scenario, raw)
    values = {**asdict(parameters), "day": day, "midnight": start_of(day), "partner": partner_id}
    sql = _SCENARIOS[scenario](parameters, day, values)
    return sql.replace("{c}", _customers(partner_id)).replace("{d}", _days(partner_id)), values


def count_customers(day: date, partner_id: int | None) -> Query:
    """How many customers a run looks at."""
    sql = f"SELECT count(*) FROM customers_customer c WHERE {_customers(partner_id)}"
    return sql, {"midnight": start_of(day), "partner": partner_id}


def _customers(partner_id: int | None) -> str:
    return _IN_RANGE if partner_id is None else f"c.partner_id = %(partner)s AND {_IN_RANGE}"


def _days(partner_id: int | None) -> str:
    """For one partner, figures are found by customer and not by reading the whole window."""
    if partner_id is None:
        return "true"
    return "d.customer_id IN (SELECT id FROM customers_customer WHERE partner_id = %(partner)s)"


def _windows(recent_days: int, base_days: int, day: date) -> dict[str, date]:
    """The recent days end on the day before `day`; the days of comparison end before them."""
    recent_from = day - timedelta(days=recent_days)
    return {"recent_from": recent_from, "base_from": recent_from - timedelta(days=base_days)}


# What each customer spent recently and before. A figure without a rate counts 0; it is counted
# as `unpriced`, because a manager should know that the sums are not the whole.
_SPENT = """
    SELECT d.customer_id,
        coalesce(sum(d.amount_cny) FILTER (WHERE d.day >= %(recent_from)s), 0) AS recent,
        coalesce(sum(d.amount_cny) FILTER (WHERE d.day < %(recent_from)s), 0) AS base,
        count(*) - count(d.amount_cny) AS unpriced
    FROM billing_dailyconsumption d
    WHERE d.day >= %(base_from)s AND d.day < %(day)s AND {d}
"""
_AVERAGES = """
        'recent_daily', round(s.recent / %(recent_days)s, 2)::text,
        'base_daily', round(s.base / %(base_days)s, 2)::text,
        'recent_days', %(recent_days)s, 'base_days', %(base_days)s, 'unpriced', s.unpriced
"""


def _spending_drop(p: rules.SpendingDrop, day: date, values: dict[str, Any]) -> str:
    values |= _windows(p.recent_days, p.base_days, day)
    # Averages are compared without dividing: exactly half is exactly half.
    return f"""
SELECT c.partner_id, c.id AS customer_id, '' AS subject, {_DAY} AS cause,
    jsonb_build_object({_AVERAGES},
        'drop', round(100 - 100 * s.recent * %(base_days)s / (s.base * %(recent_days)s))::int
    ) AS facts
FROM ({_SPENT} GROUP BY d.customer_id) s
JOIN customers_customer c ON c.id = s.customer_id
WHERE {{c}}
    AND s.base >= %(min_daily)s * %(base_days)s
    AND s.recent * %(base_days)s <= %(drop_ratio)s * s.base * %(recent_days)s
"""


def _no_spending(p: rules.NoSpending, day: date, values: dict[str, Any]) -> str:
    values |= _windows(p.silent_days, p.history_days, day)
    # A day has consumption when one of its figures is above 0, in whatever currency: a missing
    # exchange rate is not silence, and a refund is not consumption.
    return f"""
WITH silent AS (
    SELECT c.id, c.partner_id
    FROM customers_customer c
    WHERE {{c}} AND NOT EXISTS (
        SELECT FROM billing_dailyconsumption d
        WHERE d.customer_id = c.id AND d.day >= %(recent_from)s AND d.day < %(day)s
            AND d.amount > 0
    )
)
SELECT s.partner_id, s.id AS customer_id, '' AS subject, {_DAY} AS cause,
    jsonb_build_object(
        'silent_days', %(silent_days)s, 'history_days', %(history_days)s,
        'active_days', h.days, 'last_day', h.last_day
    ) AS facts
FROM silent s
JOIN (
    SELECT d.customer_id, count(DISTINCT d.day) AS days, max(d.day) AS last_day
    FROM billing_dailyconsumption d
    WHERE d.day >= %(base_from)s AND d.day < %(recent_from)s AND d.amount > 0
        AND d.customer_id IN (SELECT id FROM silent)
    GROUP BY d.customer_id
) h ON h.customer_id = s.id
WHERE h.days >= %(active_days)s
"""


def _mass_release(p: rules.MassRelease, day: date, values: dict[str, Any]) -> str:
    values["from"] = day - timedelta(days=p.days)
    # Measured against what the customer had when the days began: what came and went within
    # them says nothing.
    return f"""
SELECT c.partner_id, c.id AS customer_id, '' AS subject, {_DAY} AS cause,
    jsonb_build_object(
        'days', %(days)s, 'count', h.number, 'released', round(h.released, 2)::text,
        'held', round(h.held, 2)::text, 'share', round(100 * h.released / h.held)::int
    ) AS facts
FROM (
    SELECT r.customer_id, sum(r.list_price) AS held,
        sum(r.list_price) FILTER (WHERE r.released_on < %(day)s) AS released,
        count(*) FILTER (WHERE r.released_on < %(day)s) AS number
    FROM billing_resource r
    WHERE r.created_on < %(from)s AND (r.released_on IS NULL OR r.released_on >= %(from)s)
        AND r.customer_id IN (
            SELECT customer_id FROM billing_resource
            WHERE state = 'released' AND released_on >= %(from)s AND released_on < %(day)s
        )
    GROUP BY r.customer_id
) h
JOIN customers_customer c ON c.id = h.customer_id
WHERE {{c}} AND h.released > 0 AND h.released >= %(share)s * h.held
"""


def _no_login(p: rules.NoLogin, day: date, values: dict[str, Any]) -> str:
    values |= _windows(p.recent_days, p.base_days, day)
    values["login_before"] = day - timedelta(days=p.days)
    # An account of which the vendor never reported a login is unknown, not absent.
    return f"""
SELECT c.partner_id, c.id AS customer_id, '' AS subject, {_DAY} AS cause,
    jsonb_build_object({_AVERAGES},
        'last_login_on', c.last_login_on, 'days', %(day)s - 1 - c.last_login_on
    ) AS facts
FROM (
    {_SPENT} AND d.customer_id IN (
        SELECT id FROM customers_customer WHERE last_login_on < %(login_before)s
    )
    GROUP BY d.customer_id
) s
JOIN customers_customer c ON c.id = s.customer_id
WHERE {{c}} AND c.last_login_on < %(login_before)s
    AND s.recent * %(base_days)s < s.base * %(recent_days)s
"""


def _leaving(p: rules.Leaving, day: date, values: dict[str, Any]) -> str:
    # A request of the date itself counts: it is known as soon as it is filed.
    return """
SELECT c.partner_id, c.id AS customer_id, '' AS subject,
    to_char(c.disassociation_requested_on, 'YYYY-MM-DD') AS cause,
    jsonb_build_object('requested_on', c.disassociation_requested_on) AS facts
FROM customers_customer c
WHERE {c} AND c.disassociation_requested_on <= %(day)s
"""


def _expiring(p: rules.Expiring, day: date, values: dict[str, Any]) -> str:
    values["ends"] = [day + timedelta(days=threshold) for threshold in p.thresholds]
    return """
SELECT c.partner_id, c.id AS customer_id, r.number AS subject,
    to_char(r.expires_on, 'YYYY-MM-DD') || ':' || (r.expires_on - %(day)s) AS cause,
    jsonb_build_object(
        'number', r.number, 'name', r.name, 'service', v.name, 'expires_on', r.expires_on,
        'days', r.expires_on - %(day)s, 'list_price', r.list_price::text
    ) AS facts
FROM billing_resource r
JOIN customers_customer c ON c.id = r.customer_id
JOIN billing_service v ON v.id = r.service_id
WHERE {c} AND r.state = 'active' AND NOT r.auto_renew AND r.is_main
    AND r.expires_on = ANY (%(ends)s::date[])
"""


def _low_balance(p: rules.LowBalance, day: date, values: dict[str, Any]) -> str:
    values["from"] = day - timedelta(days=p.spend_days)
    return f"""
SELECT c.partner_id, c.id AS customer_id, '' AS subject, {_DAY} AS cause,
    jsonb_build_object(
        'available', c.available_amount::text, 'days', %(days)s,
        'daily', round(coalesce(s.spent, 0) / %(spend_days)s, 2)::text,
        'needed', (ceil(coalesce(s.spent, 0) * %(days)s * 100 / %(spend_days)s) / 100)
            ::numeric(30, 2)::text
    ) AS facts
FROM customers_customer c
LEFT JOIN (
    SELECT d.customer_id, coalesce(sum(d.amount_cny), 0) AS spent
    FROM billing_dailyconsumption d
    WHERE d.day >= %(from)s AND d.day < %(day)s AND {{d}}
    GROUP BY d.customer_id
) s ON s.customer_id = c.id
WHERE {{c}} AND c.association_type = 'resale'
    AND c.available_amount * %(spend_days)s < coalesce(s.spent, 0) * %(days)s
"""


def _arrears(p: rules.Arrears, day: date, values: dict[str, Any]) -> str:
    return f"""
SELECT c.partner_id, c.id AS customer_id, '' AS subject, {_DAY} AS cause,
    jsonb_build_object(
        'arrears', c.arrears::text,
        'grace', coalesce(r.grace, 0), 'retention', coalesce(r.retention, 0)
    ) AS facts
FROM customers_customer c
LEFT JOIN (
    SELECT customer_id, count(*) FILTER (WHERE state = 'grace') AS grace,
        count(*) FILTER (WHERE state = 'retention') AS retention
    FROM billing_resource
    WHERE state IN ('grace', 'retention')
    GROUP BY customer_id
) r ON r.customer_id = c.id
WHERE {{c}} AND (c.arrears > 0 OR r.customer_id IS NOT NULL)
"""


_SCENARIOS: dict[str, Callable[[Any, date, dict[str, Any]], str]] = {
    "spending_drop": _spending_drop,
    "no_spending": _no_spending,
    "mass_release": _mass_release,
    "no_login": _no_login,
    "leaving": _leaving,
    "expiring": _expiring,
    "low_balance": _low_balance,
    "arrears": _arrears,
}
