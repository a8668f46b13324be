"""Loading tables in bulk: without their indexes and constraints, and with them again.

Everything happens in one transaction of the owner's, so that a load that is interrupted leaves
the database as it was, constraints included.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from .consumption import DAILY, partition

# For one load; the server's own settings are for many small transactions.
_SETTINGS = {
    "maintenance_work_mem": "384MB",
    "work_mem": "128MB",
    "synchronous_commit": "off",
}

_CONSTRAINTS = """
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE conrelid = %s::regclass AND contype IN ('f', 'x') ORDER BY conname
"""
_DEFERRED_CHECKS = """
SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND tgdeferrable AND NOT tgisinternal
"""
# Those that no constraint needs, and no foreign key of another table points at. An index on a few
# states stays: it is small, and PostgreSQL does not print `IN` as it was written.
_INDEXES = """
SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i
WHERE i.indrelid = %s::regclass AND NOT EXISTS (
    SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)
    AND coalesce(pg_get_expr(i.indpred, i.indrelid), '') !~ 'ANY'
ORDER BY 1
"""
_ALL_CONSTRAINTS = """
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE conrelid = %s::regclass AND contype IN ('p', 'f') ORDER BY contype DESC
"""
_BOUNDS = "SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE oid = %s::regclass"


def prepare(cursor: Any) -> None:
    for name, value in _SETTINGS.items():
        cursor.execute(f"SET LOCAL {name} = '{value}'")


def copy(
    cursor: Any, table: str, columns: str, rows: Iterable[bytes], *, frozen: bool = False
) -> None:
    """COPY text into a table. `frozen`: it was made in this transaction (needs no later vacuum)."""
    option = " WITH (FREEZE)" if frozen else ""
    with cursor.copy(f"COPY {table} ({columns}) FROM STDIN{option}") as writing:
        for part in rows:
            writing.write(part)


@contextmanager
def bare(cursor: Any, tables: Iterable[str]) -> Iterator[None]:
    """The tables without foreign keys, exclusions and further indexes; then with them, checked.

    Deferred checks, which look at rows one by one, are off meanwhile: nothing checks afterwards
    what they would have (tests/world does).
    """
    statements: list[str] = []
    for table in tables:
        cursor.execute(_INDEXES, [table])
        for index, definition in cursor.fetchall():
            cursor.execute(f"DROP INDEX {index}")
            statements.append(definition)
        cursor.execute(_CONSTRAINTS, [table])
        for name, definition in cursor.fetchall():
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
            statements.append(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
        cursor.execute(_DEFERRED_CHECKS, [table])
        for (name,) in cursor.fetchall():
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {name}")
            statements.append(f"ALTER TABLE {table} ENABLE TRIGGER {name}")
    yield
    # Indexes first (they begin with CREATE): checking the keys may use them.
    for statement in sorted(statements, key=lambda text: text.startswith("ALTER")):
        cursor.execute(statement)


@contextmanager
def bare_partitions(cursor: Any, months: Iterable[date]) -> Iterator[None]:
    """The partitions of daily figures on their own; afterwards with primary key, and attached.

    Attaching adds and checks the foreign keys that the parent has.
    """
    statements: list[str] = []
    for month in months:
        cursor.execute("SELECT billing_ensure_month(%s)", [month])
        table = partition(month)
        statements += _detach(cursor, table)
        cursor.execute(f"TRUNCATE {table}")
    yield
    for statement in statements:
        cursor.execute(statement)


def _detach(cursor: Any, table: str) -> list[str]:
    """Take a partition out; returns what puts it back. Attaching checks that days are in bounds."""
    cursor.execute(_BOUNDS, [table])
    bounds = cursor.fetchone()[0]
    cursor.execute(f"ALTER TABLE {DAILY} DETACH PARTITION {table}")
    cursor.execute(_ALL_CONSTRAINTS, [table])
    back = []
    for name, definition in cursor.fetchall():
        cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        if definition.startswith("PRIMARY"):
            back.append(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
    back.append(f"ALTER TABLE {DAILY} ATTACH PARTITION {table} {bounds}")
    return back


def set_sequences(cursor: Any, tables: Iterable[str]) -> None:
    """Let new rows get ids above the loaded ones."""
    for table in tables:
        cursor.execute(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'),"
            f" greatest(1, (SELECT coalesce(max(id), 1) FROM {table})))"
        )
