"""Files of the vendor's operations that are one line a row: read by COPY, checked by sets.

A bad line is reported with its number and stops nothing else; a file that was cut off is refused
whole. Whoever takes a file says which columns it has and what becomes of its rows.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from django.utils.translation import gettext as _

from billing import values
from billing.errorfile import ErrorFile
from billing.tables import BadLine, BadValue, NotReadable, Table, as_text, bad, positions

Read = Callable[[dict[str, str], str], Any]
Row = list[Any]  # line number, the line as it was written, and a value for each column


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


# ---- cells ----


def maybe(read: Callable[[str, str], Any]) -> Read:
    return lambda cells, name: read(values.text(cells, name), name)


def name(longest: int) -> Read:
    return lambda cells, name: values.limited(values.text(cells, name), name, longest)


def not_negative(value: str, name: str) -> Any:
    if (amount := values.money(value, name)) < 0:
        raise BadValue(_("%(column)s 不能为负数") % {"column": name})
    return amount


def one_of(known: Sequence[Any]) -> Callable[[str, str], Any]:
    """One of these codes, as the file writes it."""
    codes = {str(code): code for code in known}

    def read(value: str, name: str) -> Any:
        if value not in codes:
            words = {"column": name, "allowed": _("、").join(codes)}
            raise BadValue(_("%(column)s 应为 %(allowed)s 之一") % words)
        return codes[value]

    return read


# ---- loading ----


def load(
    cursor: Any,
    stream: BinaryIO,
    facts: Facts,
    required: Sequence[Column],
    optional: Sequence[Column],
) -> list[Column]:
    """Copy the file into `billing_facts`; returns the columns that it has."""
    columns, rows = read(stream, facts, required, optional)
    stage(cursor, [*required, *optional], rows)
    if not facts.lines and not facts.errors.count:
        raise NotReadable(_("文件中没有数据行"))
    return columns


def read(
    stream: BinaryIO, facts: Facts, required: Sequence[Column], optional: Sequence[Column]
) -> tuple[list[Column], Iterator[Row]]:
    """The columns that the file has, and its rows; bad lines go to `facts`."""
    table = Table(stream, is_whole=values.is_whole_day)
    places = positions(table.columns, [c.name for c in required], [c.name for c in optional])
    columns = [*required, *optional]
    return [c for c in columns if c.name in places], _rows(table, places, columns, facts)


def _rows(
    table: Table, places: dict[str, int], columns: Sequence[Column], facts: Facts
) -> Iterator[Row]:
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


def stage(cursor: Any, columns: Sequence[Column], rows: Iterable[Row]) -> None:
    """Put rows into `billing_facts`, which lives as long as the transaction."""
    typed = ", ".join(f"{column.name} {column.sql}" for column in columns)
    cursor.execute(
        "DROP TABLE IF EXISTS billing_facts; CREATE TEMP TABLE billing_facts ("
        f"line_number integer PRIMARY KEY, raw text, {typed}, customer_id bigint,"
        " partner_id bigint, association_type text) ON COMMIT DROP"
    )
    names = ", ".join(column.name for column in columns)
    with cursor.copy(f"COPY billing_facts (line_number, raw, {names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
    cursor.execute("ANALYZE billing_facts")


# ---- checking ----

_TAKE = """WITH taken AS (DELETE FROM billing_facts f WHERE {condition} RETURNING line_number, raw)
    SELECT line_number, raw FROM taken ORDER BY line_number"""
_REPEATED = """EXISTS (SELECT 1 FROM billing_facts o
    WHERE o.line_number < f.line_number AND ({same}))"""


def take(cursor: Any, facts: Facts, condition: str, reason: str) -> None:
    """Take the lines out again of which `condition` is true; they become bad lines."""
    cursor.execute(_TAKE.format(condition=condition))
    for line_number, raw in cursor.fetchall():
        facts.errors.add(BadLine(line_number, reason, raw))
        facts.lines -= 1


def take_repeated(cursor: Any, facts: Facts, *columns: str) -> None:
    """Of the lines that say the same in these columns the first stays."""
    cursor.execute(f"CREATE INDEX ON billing_facts ({columns[0]})")
    same = " AND ".join(f"o.{column} = f.{column}" for column in columns)
    take(cursor, facts, _REPEATED.format(same=same), _("与前面的行重复"))
