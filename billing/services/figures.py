"""Daily and monthly figures, made from charge lines. One SQL for every way that asks for them.

Whatever changes lines, mappings, associations or rates says which days of which cloud accounts
it touched; those days are made anew. `rebuild_figures` touches all of a period, so both ways
must agree to the last digit.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from activity.services import Actor, record
from core.clock import check_day, first_of_month, next_month
from core.refusals import Refused

CURRENCY = "CNY"  # what figures are reported in

# One at a time, so that two recomputations never meet on the same day.
_HOLD = "SELECT pg_advisory_xact_lock(hashtext('billing.figures'))"
_TRY_HOLD = "SELECT pg_try_advisory_xact_lock(hashtext('billing.figures'))"
_TOUCHED = (
    "DROP TABLE IF EXISTS billing_touched;"
    " CREATE TEMP TABLE billing_touched (cloud_account_id bigint, day date) ON COMMIT DROP"
)

# Banker's rounding of amount × rate to 8 places; PostgreSQL's own round() goes away from zero.
_IN_CNY = """CASE WHEN mod(abs({amount} * {rate} * 100000000), 1) = 0.5
    THEN 2 * round({amount} * {rate} * 100000000 * 0.5)
    ELSE round({amount} * {rate} * 100000000) END * 0.00000001"""
_RATE = f"""CASE WHEN {{currency}} = '{CURRENCY}' THEN 1 ELSE (
    SELECT e.rate FROM billing_exchangerate e
    WHERE e.currency = {{currency}} AND e.valid_from <= {{day}}
    ORDER BY e.valid_from DESC LIMIT 1) END"""

# The association that covers the Beijing day. On a day of change, the one that began last.
_OWNED = """SELECT DISTINCT ON (t.cloud_account_id, t.day)
        t.cloud_account_id, t.day, c.partner_id, c.id AS customer_id
    FROM (SELECT DISTINCT cloud_account_id, day FROM billing_touched) t
    JOIN customers_customer c ON c.cloud_account_id = t.cloud_account_id
        AND (c.associated_at AT TIME ZONE 'Asia/Shanghai')::date <= t.day
        AND (c.disassociated_at IS NULL
            OR (c.disassociated_at AT TIME ZONE 'Asia/Shanghai')::date >= t.day)
    ORDER BY t.cloud_account_id, t.day, c.associated_at DESC, c.id DESC"""

_FORGET_DAYS = """DELETE FROM billing_dailyconsumption d
    USING billing_touched t JOIN customers_customer c USING (cloud_account_id)
    WHERE d.customer_id = c.id AND d.day = t.day AND d.day = ANY (%(days)s)"""
# LATERAL: each sub-account's day is looked up by its index, whatever the statistics say of lines
# that were stored a moment ago.
_MAKE_DAYS = f"""WITH owned AS ({_OWNED}), summed AS (
    SELECT o.partner_id, o.customer_id, o.day, l.service_id, l.currency, sum(l.amount) AS amount
    FROM owned o
    JOIN billing_subaccount s ON s.cloud_account_id = o.cloud_account_id
    CROSS JOIN LATERAL (
        SELECT c.service_id, c.currency, sum(c.billed_cost) AS amount
        FROM billing_chargeline c WHERE c.sub_account_id = s.id AND c.day = o.day
        GROUP BY 1, 2) l
    GROUP BY 1, 2, 3, 4, 5
), rated AS (
    SELECT summed.*, {_RATE.format(currency="summed.currency", day="summed.day")} AS rate
    FROM summed
)
INSERT INTO billing_dailyconsumption
    (partner_id, customer_id, day, service_id, currency, amount, amount_cny)
SELECT partner_id, customer_id, day, service_id, currency, amount,
    {_IN_CNY.format(amount="amount", rate="rate")}
FROM rated"""

_FORGET_MONTHS = """DELETE FROM billing_monthlyconsumption m
    USING billing_touched t JOIN customers_customer c USING (cloud_account_id)
    WHERE m.customer_id = c.id AND m.month = date_trunc('month', t.day)::date"""
# A month with a day that has no rate has no CNY figure: a part would pass for the whole.
_CNY_OF_MONTH = "CASE WHEN bool_or(d.amount_cny IS NULL) THEN NULL ELSE sum(d.amount_cny) END"
_MAKE_MONTHS = f"""INSERT INTO billing_monthlyconsumption
    (partner_id, customer_id, month, service_id, currency, amount, amount_cny)
SELECT d.partner_id, d.customer_id, m.month, d.service_id, d.currency, sum(d.amount),
    {_CNY_OF_MONTH}
FROM (SELECT DISTINCT c.id, date_trunc('month', t.day)::date AS month
      FROM billing_touched t JOIN customers_customer c USING (cloud_account_id)) m
JOIN billing_dailyconsumption d ON d.customer_id = m.id
    AND d.day >= m.month AND d.day < (m.month + interval '1 month')::date
WHERE d.day >= %(first_month)s AND d.day < %(next_month)s
GROUP BY 1, 2, 3, 4, 5"""

_CONVERT_DAYS = f"""UPDATE billing_dailyconsumption d SET amount_cny = new.amount_cny
FROM (
    SELECT r.*, {_IN_CNY.format(amount="r.amount", rate="r.rate")} AS amount_cny FROM (
        SELECT o.customer_id, o.day, o.service_id, o.currency, o.amount,
            {_RATE.format(currency="o.currency", day="o.day")} AS rate
        FROM billing_dailyconsumption o
        WHERE o.currency = %(currency)s AND o.day >= %(first)s
            AND (%(until)s::date IS NULL OR o.day < %(until)s)
    ) r
) new
WHERE d.customer_id = new.customer_id AND d.day = new.day AND d.service_id = new.service_id
    AND d.currency = new.currency AND d.amount_cny IS DISTINCT FROM new.amount_cny
    AND d.day >= %(first)s AND (%(until)s::date IS NULL OR d.day < %(until)s)"""
_CONVERT_MONTHS = f"""UPDATE billing_monthlyconsumption m SET amount_cny = new.amount_cny
FROM (
    SELECT d.customer_id, date_trunc('month', d.day)::date AS month, d.service_id,
        {_CNY_OF_MONTH} AS amount_cny
    FROM billing_dailyconsumption d
    WHERE d.currency = %(currency)s AND d.day >= %(first_month)s
        AND (%(next_month)s::date IS NULL OR d.day < %(next_month)s)
    GROUP BY 1, 2, 3
) new
WHERE m.customer_id = new.customer_id AND m.month = new.month AND m.service_id = new.service_id
    AND m.currency = %(currency)s AND m.amount_cny IS DISTINCT FROM new.amount_cny"""

_TOUCH_PAIRS = """INSERT INTO billing_touched
    SELECT DISTINCT p.cloud_account_id, l.day
    FROM unnest(%s::bigint[], %s::bigint[]) AS p (sub_account_id, cloud_account_id)
    JOIN billing_chargeline l ON l.sub_account_id = p.sub_account_id"""
# Customers without a sub-account have their figures from elsewhere; they are left alone.
_TOUCH_PERIOD = """INSERT INTO billing_touched
    SELECT s.cloud_account_id, l.day
    FROM billing_chargeline l JOIN billing_subaccount s ON s.id = l.sub_account_id
    WHERE s.cloud_account_id IS NOT NULL AND l.day BETWEEN %(first)s AND %(last)s
    UNION
    SELECT c.cloud_account_id, d.day
    FROM billing_dailyconsumption d JOIN customers_customer c ON c.id = d.customer_id
    WHERE d.day BETWEEN %(first)s AND %(last)s AND EXISTS (
        SELECT 1 FROM billing_subaccount s WHERE s.cloud_account_id = c.cloud_account_id)"""


def begin(cursor: Any) -> None:
    """Wait for whoever else recomputes, and start with no touched days."""
    cursor.execute(_HOLD)
    cursor.execute(_TOUCHED)


def try_hold(cursor: Any) -> bool:
    """Keep others from recomputing until the transaction ends, unless somebody does already."""
    cursor.execute(_TRY_HOLD)
    return cursor.fetchone()[0]


def make_touched(cursor: Any) -> int:
    """Make the touched days and their months anew; returns how many daily figures there are."""
    cursor.execute("ANALYZE billing_touched")
    cursor.execute("SELECT array_agg(DISTINCT day) FROM billing_touched")
    if not (days := cursor.fetchone()[0]):
        return 0
    # Given as values, the days say which partitions are looked at.
    period = {
        "days": days,
        "first_month": first_of_month(min(days)),
        "next_month": next_month(max(days)),
    }
    cursor.execute(_FORGET_DAYS, period)
    cursor.execute(_MAKE_DAYS, period)
    made = cursor.rowcount
    cursor.execute(_FORGET_MONTHS)
    cursor.execute(_MAKE_MONTHS, period)
    return made


def touch_pairs(cursor: Any, pairs: Iterable[tuple[int, int]]) -> None:
    """All days of (sub-account, cloud account) pairs: the account has or had the sub-account."""
    sub_accounts, accounts = zip(*pairs, strict=True)
    cursor.execute(_TOUCH_PAIRS, [list(sub_accounts), list(accounts)])


@transaction.atomic
def rebuild_figures(first: date, last: date, *, by: Actor, at: datetime) -> int:
    """Make all figures of a period anew from the charge lines; returns how many days × services.

    Changes nothing unless somebody changed figures by hand.
    """
    for day in (first, last):
        check_day(day, _("日期"))
    if last < first:
        raise Refused(_("结束日期早于开始日期"))
    with connection.cursor() as cursor:
        begin(cursor)
        cursor.execute(_TOUCH_PERIOD, {"first": first, "last": last})
        made = make_touched(cursor)
    after = {"from": first.isoformat(), "to": last.isoformat(), "figures": made}
    record("figures.rebuilt", by=by, at=at, after=after)
    return made


def convert(cursor: Any, currency: str, first: date, until: date | None) -> int:
    """Apply the rates to a currency's figures from `first` to before `until`; how many changed."""
    period = {
        "currency": currency,
        "first": first,
        "until": until,
        "first_month": first_of_month(first),
        "next_month": next_month(until) if until else None,
    }
    cursor.execute(_HOLD)
    cursor.execute(_CONVERT_DAYS, period)
    changed = cursor.rowcount
    cursor.execute(_CONVERT_MONTHS, period)
    return changed
