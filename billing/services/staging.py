"""The statements of an import: from a temporary table to charge lines, by sets."""

from typing import Any

from django.utils.translation import gettext as _

from billing.focus import Charge
from billing.models import ConsumptionFile
from billing.tables import NotReadable

from .totals import Sums, Totals

MOST_REPEATED = 10_000  # lines of one file; more, and the column numbers something else
_COLUMNS = (
    "line_number, charge_id, provider, sub_account, sub_account_name, service, service_category,"
    " category, currency, billed_cost, list_cost, started_at, ended_at, day, region, resource,"
    " description, resource_name, order_number, charge_mode, bill_type, payment_status"
)
_CREATE = """DROP TABLE IF EXISTS billing_incoming, billing_replaced;
CREATE TEMP TABLE billing_incoming (
    line_number integer NOT NULL,
    charge_id varchar(100) NOT NULL,
    provider varchar(100) NOT NULL,
    sub_account varchar(255) NOT NULL,
    sub_account_name varchar(255) NOT NULL,
    service varchar(200) NOT NULL,
    service_category varchar(100) NOT NULL,
    category varchar(12) NOT NULL,
    currency varchar(3) NOT NULL,
    billed_cost numeric(38, 18) NOT NULL,
    list_cost numeric(38, 18),
    started_at timestamptz NOT NULL,
    ended_at timestamptz NOT NULL,
    day date NOT NULL,
    region varchar(100) NOT NULL,
    resource varchar(500) NOT NULL,
    description varchar(1000) NOT NULL,
    resource_name varchar(200) NOT NULL,
    order_number varchar(64) NOT NULL,
    charge_mode smallint,
    bill_type smallint,
    payment_status smallint
) ON COMMIT DROP;
CREATE TEMP TABLE billing_replaced (
    file_id bigint, sub_account_id bigint, day date, lines bigint
) ON COMMIT DROP"""

_REPEATED = """SELECT r.line_number, r.first, r.currency, r.category, r.billed_cost FROM (
    SELECT i.*, first_value(line_number) OVER same AS first
    FROM billing_incoming i WHERE charge_id <> ''
    WINDOW same AS (PARTITION BY provider, sub_account, charge_id ORDER BY line_number)
) r WHERE r.line_number <> r.first"""
_DROP_LINES = "DELETE FROM billing_incoming WHERE line_number = ANY (%s)"

_MONTHS = """SELECT billing_ensure_month(month::date)
    FROM (SELECT DISTINCT date_trunc('month', day) AS month FROM billing_incoming) months
    ORDER BY month"""
_SERVICES = """INSERT INTO billing_service (provider, name, category)
    SELECT provider, service, max(service_category) FROM billing_incoming i
    WHERE NOT EXISTS (
        SELECT 1 FROM billing_service s WHERE s.provider = i.provider AND s.name = i.service)
    GROUP BY provider, service
    ON CONFLICT (provider, name) DO NOTHING"""
_SUB_ACCOUNTS = """INSERT INTO billing_subaccount (provider, number, name)
    SELECT provider, sub_account, max(sub_account_name) FROM billing_incoming i
    WHERE NOT EXISTS (
        SELECT 1 FROM billing_subaccount s
        WHERE s.provider = i.provider AND s.number = i.sub_account)
    GROUP BY provider, sub_account
    ON CONFLICT (provider, number) DO NOTHING"""
_NAMES = """UPDATE billing_subaccount s SET name = i.name
    FROM (SELECT provider, sub_account, max(sub_account_name) AS name FROM billing_incoming
          WHERE sub_account_name <> '' GROUP BY provider, sub_account) i
    WHERE s.provider = i.provider AND s.number = i.sub_account AND s.name <> i.name"""

# The version before, and charges that this file numbers anew wherever they came from.
_FORGET_FILES = """WITH gone AS (
    DELETE FROM billing_chargeline l USING billing_consumptionfile f
    WHERE f.superseded_by_id = %(file)s AND l.file_id = f.id
    RETURNING l.file_id, l.sub_account_id, l.day
) INSERT INTO billing_replaced SELECT file_id, sub_account_id, day, count(*) FROM gone
    GROUP BY 1, 2, 3"""
_FORGET_CHARGES = """WITH gone AS (
    DELETE FROM billing_chargeline l
    USING billing_incoming i
    JOIN billing_subaccount s ON s.provider = i.provider AND s.number = i.sub_account
    WHERE i.charge_id <> '' AND l.charge_id <> ''
        AND l.sub_account_id = s.id AND l.charge_id = i.charge_id
    RETURNING l.file_id, l.sub_account_id, l.day
) INSERT INTO billing_replaced SELECT file_id, sub_account_id, day, count(*) FROM gone
    GROUP BY 1, 2, 3"""
_EMPTIED = """UPDATE billing_consumptionfile f
    SET state = 'superseded', superseded_by_id = %(file)s
    WHERE f.state = 'imported' AND f.id IN (SELECT file_id FROM billing_replaced)
        AND NOT EXISTS (SELECT 1 FROM billing_chargeline l WHERE l.file_id = f.id)"""

_STORE = """INSERT INTO billing_chargeline (day, file_id, line_number, charge_id, sub_account_id,
        service_id, category, currency, billed_cost, list_cost, started_at, ended_at, region,
        resource, description, resource_name, order_number, charge_mode, bill_type,
        payment_status)
    SELECT i.day, %(file)s, i.line_number, i.charge_id, s.id, v.id, i.category, i.currency,
        i.billed_cost, i.list_cost, i.started_at, i.ended_at, i.region, i.resource, i.description,
        i.resource_name, i.order_number, i.charge_mode, i.bill_type, i.payment_status
    FROM billing_incoming i
    JOIN billing_subaccount s ON s.provider = i.provider AND s.number = i.sub_account
    JOIN billing_service v ON v.provider = i.provider AND v.name = i.service"""
_TOUCH = """INSERT INTO billing_touched
    SELECT s.cloud_account_id, t.day
    FROM (SELECT sub_account_id, day FROM billing_replaced
          UNION
          SELECT DISTINCT s.id, i.day FROM billing_incoming i
          JOIN billing_subaccount s ON s.provider = i.provider AND s.number = i.sub_account) t
    JOIN billing_subaccount s ON s.id = t.sub_account_id
    WHERE s.cloud_account_id IS NOT NULL"""
_STORED_SUMS = """SELECT currency, category, count(*), sum(billed_cost)
    FROM billing_chargeline WHERE file_id = %s GROUP BY 1, 2"""


def create(cursor: Any) -> None:
    cursor.execute(_CREATE)


def copy(cursor: Any) -> Any:
    return cursor.copy(f"COPY billing_incoming ({_COLUMNS}) FROM STDIN")


def row_of(charge: Charge) -> tuple[Any, ...]:
    """The charge in the order of the columns; numbers as text, which COPY takes as it stands."""
    return (
        charge.line_number,
        charge.charge_id,
        charge.provider,
        charge.sub_account,
        charge.sub_account_name,
        charge.service,
        charge.service_category,
        charge.category,
        charge.currency,
        str(charge.billed_cost),
        None if charge.list_cost is None else str(charge.list_cost),
        charge.started_at.isoformat(),
        charge.ended_at.isoformat(),
        charge.day.isoformat(),
        charge.region,
        charge.resource,
        charge.description,
        charge.resource_name,
        charge.order_number,
        charge.charge_mode,
        charge.bill_type,
        charge.payment_status,
    )


def take_repeated(cursor: Any, totals: Totals) -> dict[int, int]:
    """Take lines that repeat a charge number out again; their numbers with the first line's."""
    cursor.execute(_REPEATED)
    rows = cursor.fetchmany(MOST_REPEATED + 1)
    if len(rows) > MOST_REPEATED:
        raise NotReadable(_("费用编号列（Id）有大量重复，不是费用编号；请去掉该列后重试"))
    cursor.execute(_DROP_LINES, [[row[0] for row in rows]])
    totals.subtract((currency, category, amount) for *_lines, currency, category, amount in rows)
    return {row[0]: row[1] for row in rows}


def prepare(cursor: Any) -> None:
    """Partitions, services and sub-accounts that the lines need."""
    cursor.execute("ANALYZE billing_incoming")
    for statement in (_MONTHS, _SERVICES, _SUB_ACCOUNTS, _NAMES):
        cursor.execute(statement)


def replace(cursor: Any, file: ConsumptionFile) -> int:
    """Remove what this delivery takes the place of; returns how many lines."""
    for statement in (_FORGET_FILES, _FORGET_CHARGES, _EMPTIED):
        cursor.execute(statement, {"file": file.pk})
    cursor.execute("SELECT coalesce(sum(lines), 0)::bigint FROM billing_replaced")
    return cursor.fetchone()[0]


def store(cursor: Any, file: ConsumptionFile) -> None:
    cursor.execute(_STORE, {"file": file.pk})
    cursor.execute(_TOUCH)


def stored_sums(cursor: Any, file: ConsumptionFile) -> Sums:
    cursor.execute(_STORED_SUMS, [file.pk])
    return {(currency, category): (n, total) for currency, category, n, total in cursor.fetchall()}
