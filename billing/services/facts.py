"""What the vendor reports of accounts and resources each day, for the alert rules.

CSV by COPY into a temporary table, then one statement over all of it. A bad line is reported
with its number and stops nothing else; a file that was cut off is refused whole.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO

from django.db import connection, transaction
from django.utils.translation import gettext as _

from activity.services import Actor, record
from billing import values
from billing.errorfile import ErrorFile
from billing.funds.reported import settle_reported
from billing.models import Resource
from billing.tables import BadLine, BadValue, NotReadable, Table, as_text, bad, positions

Read = Callable[[dict[str, str], str], Any]


@dataclass
class Facts:
    """What became of a file of facts."""

    errors: ErrorFile
    lines: int = 0  # that could be taken
    changed: int = 0  # rows that differ from before


@dataclass(frozen=True)
class Column:
    """A column of a fact file: its type in the database and how a cell is read.

    `empty` is what an empty cell means; without it the cell must be filled.
    """

    name: str
    sql: str
    read: Read
    empty: Any = ...


def _maybe(read: Callable[[str, str], Any]) -> Read:
    return lambda cells, name: read(values.text(cells, name), name)


def _name(longest: int) -> Read:
    return lambda cells, name: values.limited(values.text(cells, name), name, longest)


def _not_negative(value: str, name: str) -> Any:
    if (amount := values.money(value, name)) < 0:
        raise BadValue(_("%(column)s 不能为负数") % {"column": name})
    return amount


def _state(value: str, name: str) -> str:
    if value not in Resource.State.values:
        allowed = _("、").join(Resource.State.values)
        raise BadValue(_("%(column)s 应为 %(allowed)s 之一") % {"column": name, "allowed": allowed})
    return value


CUSTOMER = Column("customer_number", "varchar(64)", _name(64))
ACCOUNT_FACTS = (
    Column("last_login_on", "date", _maybe(values.day), empty=None),
    Column("available_amount", "numeric(18, 2)", _maybe(values.money), empty=None),
    Column("arrears", "numeric(18, 2)", _maybe(_not_negative), empty=0),
    Column("disassociation_requested_on", "date", _maybe(values.day), empty=None),
)
RESOURCE = (
    Column("number", "varchar(128)", _name(128)),
    Column("provider", "varchar(100)", _name(100)),
    Column("service", "varchar(200)", _name(200)),
    Column("list_price", "numeric(18, 2)", _maybe(_not_negative)),
    Column("created_on", "date", _maybe(values.day)),
)
RESOURCE_MORE = (
    Column("name", "varchar(128)", _name(128), empty=""),
    Column("state", "varchar(10)", _maybe(_state), empty=Resource.State.ACTIVE.value),
    Column("is_main", "boolean", _maybe(values.yes_no), empty=True),
    Column("auto_renew", "boolean", _maybe(values.yes_no), empty=False),
    Column("expires_on", "date", _maybe(values.day), empty=None),
    Column("released_on", "date", _maybe(values.day), empty=None),
)

# The customer that the number means now; and the first line that said the same.
_KNOWN = """UPDATE billing_facts f SET customer_id = c.id, partner_id = c.partner_id,
        association_type = c.association_type
    FROM customers_customer c JOIN customers_cloudaccount a ON a.id = c.cloud_account_id
    WHERE a.number = f.customer_number AND c.disassociated_at IS NULL"""
_TAKE = """WITH taken AS (DELETE FROM billing_facts f WHERE {condition} RETURNING line_number, raw)
    SELECT line_number, raw FROM taken ORDER BY line_number"""
_UNKNOWN = "f.customer_id IS NULL"
_REPEATED = """EXISTS (SELECT 1 FROM billing_facts o
    WHERE o.line_number < f.line_number AND ({same}))"""
_UPDATE_CUSTOMERS = """UPDATE customers_customer c SET {sets}
    FROM billing_facts f WHERE c.id = f.customer_id AND ({differs})"""
_SERVICES = """INSERT INTO billing_service (provider, name, category)
    SELECT DISTINCT provider, service, '' FROM billing_facts ON CONFLICT DO NOTHING"""
_UPSERT_RESOURCES = """INSERT INTO billing_resource AS r (partner_id, customer_id, number, name,
        service_id, state, is_main, auto_renew, list_price, created_on, expires_on, released_on)
    SELECT f.partner_id, f.customer_id, f.number, f.name, s.id, f.state, f.is_main, f.auto_renew,
        f.list_price, f.created_on, f.expires_on, f.released_on
    FROM billing_facts f
    JOIN billing_service s ON s.provider = f.provider AND s.name = f.service
    ON CONFLICT (customer_id, number) DO UPDATE SET
        (name, service_id, state, is_main, auto_renew, list_price, created_on, expires_on,
         released_on)
        = (excluded.name, excluded.service_id, excluded.state, excluded.is_main,
           excluded.auto_renew, excluded.list_price, excluded.created_on, excluded.expires_on,
           excluded.released_on)
    WHERE (r.name, r.service_id, r.state, r.is_main, r.auto_renew, r.list_price, r.created_on,
           r.expires_on, r.released_on)
        IS DISTINCT FROM (excluded.name, excluded.service_id, excluded.state, excluded.is_main,
           excluded.auto_renew, excluded.list_price, excluded.created_on, excluded.expires_on,
           excluded.released_on)"""


@transaction.atomic
def import_account_facts(stream: BinaryIO, *, by: Actor, at: datetime) -> Facts:
    """导入账号日报: last login, available amount, arrears and disassociation request by customer.

    A column that the file does not have is left as it is; an empty cell says that there is none.
    """
    facts = Facts(ErrorFile())
    with connection.cursor() as cursor:
        columns = _load(cursor, stream, facts, (CUSTOMER,), ACCOUNT_FACTS)
        given = [column.name for column in columns if column is not CUSTOMER]
        if not given:
            raise NotReadable(_("文件中除客户ID外没有可导入的列"))
        _take_unusable(cursor, facts, same="o.customer_number = f.customer_number")
        if "available_amount" in given:
            condition = "f.available_amount IS NOT NULL AND f.association_type <> 'resale'"
            _take(cursor, facts, condition, _("只有代售客户有可用额度"))
            settle_reported(cursor, at=at)
        sets = ", ".join(f"{name} = f.{name}" for name in given)
        differs = " OR ".join(f"c.{name} IS DISTINCT FROM f.{name}" for name in given)
        cursor.execute(_UPDATE_CUSTOMERS.format(sets=sets, differs=differs))
        facts.changed = cursor.rowcount
    _record("account_facts.imported", facts, by=by, at=at)
    return facts


@transaction.atomic
def import_resources(stream: BinaryIO, *, by: Actor, at: datetime) -> Facts:
    """导入客户资源: one line a resource; a number that the customer has already is brought up to
    date. Resources that the file does not name stay as they are."""
    facts = Facts(ErrorFile())
    with connection.cursor() as cursor:
        _load(cursor, stream, facts, (CUSTOMER, *RESOURCE), RESOURCE_MORE)
        same = "o.customer_number = f.customer_number AND o.number = f.number"
        _take_unusable(cursor, facts, same=same)
        condition = "(f.state = 'released') <> (f.released_on IS NOT NULL)"
        _take(cursor, facts, condition, _("已释放的资源须有释放日期，其他资源不能有"))
        cursor.execute(_SERVICES)
        cursor.execute(_UPSERT_RESOURCES)
        facts.changed = cursor.rowcount
    _record("resources.imported", facts, by=by, at=at)
    return facts


def _record(verb: str, facts: Facts, *, by: Actor, at: datetime) -> None:
    after = {"lines": facts.lines, "changed": facts.changed, "bad_lines": facts.errors.count}
    record(verb, by=by, at=at, after=after)


# ---- loading ----


def _load(
    cursor: Any,
    stream: BinaryIO,
    facts: Facts,
    required: Sequence[Column],
    optional: Sequence[Column],
) -> list[Column]:
    """Copy the file into `billing_facts`; returns the columns that it has."""
    table = Table(stream, is_whole=values.is_whole_day)
    places = positions(table.columns, [c.name for c in required], [c.name for c in optional])
    columns = [*required, *optional]
    cursor.execute(_create(columns))
    names = ", ".join(column.name for column in columns)
    with cursor.copy(f"COPY billing_facts (line_number, raw, {names}) FROM STDIN") as copy:
        for row in _rows(table, places, columns, facts):
            copy.write_row(row)
    if not facts.lines and not facts.errors.count:
        raise NotReadable(_("文件中没有数据行"))
    cursor.execute("ANALYZE billing_facts")
    cursor.execute(_KNOWN)
    return [column for column in columns if column.name in places]


def _create(columns: Sequence[Column]) -> str:
    typed = ", ".join(f"{column.name} {column.sql}" for column in columns)
    return (
        "DROP TABLE IF EXISTS billing_facts; CREATE TEMP TABLE billing_facts ("
        f"line_number integer PRIMARY KEY, raw text, {typed}, customer_id bigint,"
        " partner_id bigint, association_type text) ON COMMIT DROP"
    )


def _rows(
    table: Table, places: dict[str, int], columns: Sequence[Column], facts: Facts
) -> Iterator[list[Any]]:
    for line in table:
        if isinstance(line, BadLine):
            facts.errors.add(line)
            continue
        cells = {name: line.cells[place] for name, place in places.items()}
        try:
            row = [_value(column, cells) for column in columns]
        except BadValue as error:
            facts.errors.add(bad(line, str(error)))
            continue
        facts.lines += 1
        yield [line.line_number, as_text(line.raw), *row]


def _value(column: Column, cells: dict[str, str]) -> Any:
    if values.text(cells, column.name):
        return column.read(cells, column.name)
    if column.empty is ...:
        raise BadValue(_("%(column)s 为空") % {"column": column.name})
    return column.empty


def _take_unusable(cursor: Any, facts: Facts, *, same: str) -> None:
    cursor.execute("CREATE INDEX ON billing_facts (customer_number)")
    _take(cursor, facts, _REPEATED.format(same=same), _("与前面的行重复"))
    _take(cursor, facts, _UNKNOWN, _("没有此客户，或已解除关联"))


def _take(cursor: Any, facts: Facts, condition: str, reason: str) -> None:
    """Take the lines out again of which `condition` is true; they become bad lines."""
    cursor.execute(_TAKE.format(condition=condition))
    for line_number, raw in cursor.fetchall():
        facts.errors.add(BadLine(line_number, reason, raw))
        facts.lines -= 1
