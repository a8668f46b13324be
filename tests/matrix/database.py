"""What a request changed: counted by PostgreSQL itself, and checked by hash."""

import re
from functools import cache

from django.db import connection

# Rows that belong to no partner and are written for whoever asks.
BOOKKEEPING = {
    "activity_accountmail": "anybody may ask for a reset, which is mailed; none may be read",
    "django_session": "the time it was last used, the acting partner",
    "usersessions_usersession": "the list of browsers is tidied when it is looked at",
}
_COUNTERS = (
    "SELECT relname, n FROM (SELECT relname, pg_stat_get_xact_tuples_inserted(oid)"
    " + pg_stat_get_xact_tuples_updated(oid) + pg_stat_get_xact_tuples_deleted(oid) AS n"
    " FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace) c WHERE n > 0"
)


class Watch:
    """Which tables were written since it last looked. PostgreSQL counts what is undone, too."""

    def __init__(self) -> None:
        self._before = self._counters()

    def changed(self) -> set[str]:
        """A partition goes by its own name."""
        now, before = self._counters(), self._before
        self._before = now
        return {name for name in now if now[name] != before.get(name, 0)}

    def _counters(self) -> dict[str, int]:
        with connection.cursor() as cursor:
            cursor.execute(_COUNTERS)
            return dict(cursor.fetchall())


@cache
def _columns() -> dict[str, set[str]]:
    """Tables and their columns; the parent stands for its partitions."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, array_agg(a.attname::text) FROM pg_class c"
            " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0"
            " WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition"
            " AND c.relnamespace = 'public'::regnamespace GROUP BY 1"
        )
        return {name: set(columns) for name, columns in cursor.fetchall()}


def hashes(
    partner_id: int | None, user_id: int | None, written: set[str] | None = None
) -> dict[str, str]:
    """The md5 of each table's rows that are not this partner's and not this person's.

    Of tables that were written, when it is known which.
    """
    parts = [
        f"SELECT '{table}', md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table} t"
        f" WHERE {_not_mine(table)}"
        for table in _tables(written)
    ]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), {"partner": partner_id, "user": user_id})
        return dict(cursor.fetchall())


def _not_mine(table: str) -> str:
    columns = _columns()[table]
    if table == "org_partner":
        return "id IS DISTINCT FROM %(partner)s"
    if table == "ledger_transfer":  # of two accounts
        return "NOT coalesce(%(partner)s IN (source_partner_id, target_partner_id), false)"
    if table == "org_user":
        return "id IS DISTINCT FROM %(user)s"
    if table == "activity_activity":
        # The vendor's own log notes every failed sign-in; who works for several partners and
        # changes the account writes to the log of each.
        return "partner_id <> coalesce(%(partner)s, 0) AND user_id IS DISTINCT FROM %(user)s"
    if "cloud_account_id" in columns and "partner_id" not in columns:
        # What customers of one's own partner are told; who signs in for them.
        return (
            "cloud_account_id NOT IN (SELECT cloud_account_id FROM customers_customer"
            " WHERE partner_id = coalesce(%(partner)s, 0))"
        )
    conditions = [
        f"{column} IS DISTINCT FROM %({name})s"
        for column, name in (
            *(("partner_id", "partner"), ("user_id", "user")),
            *(("issuer_id", "partner"), ("reseller_id", "partner")),  # rows that two partners write
        )
        if column in columns
    ]
    if "operator_id" in columns:  # to sign out ends what one has open, in whichever partner
        mine = "SELECT id FROM org_member WHERE user_id = %(user)s"
        conditions.append(f"operator_id NOT IN ({mine})")
    if table == "activity_notification":  # the other side of a settlement is told
        conditions.append("kind NOT LIKE 'settlement.%%'")
    return " AND ".join(conditions) or "true"


def rows(written: set[str] | None = None) -> set[str]:
    """Every row of every table, or of those, as text; without what differs each time it is made."""
    found: set[str] = set()
    with connection.cursor() as cursor:
        for table in sorted(_tables(written)):
            cursor.execute(f"SELECT (to_jsonb(t) - %s::text[])::text FROM {table} t", [_VOLATILE])
            found.update(f"{table} {_NEW_ID.sub('new', row)}" for (row,) in cursor.fetchall())
    return found


def _tables(written: set[str] | None) -> set[str]:
    """All but bookkeeping, or of these: a partition counts as its parent."""
    tables = _columns().keys() if written is None else {_parents().get(t, t) for t in written}
    return set(tables - BOOKKEEPING.keys())


@cache
def _parents() -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, pg_partition_root(oid)::regclass::text FROM pg_class"
            " WHERE relispartition AND relkind = 'r'"
        )
        return dict(cursor.fetchall())


_VOLATILE = [
    *("request_id", "session", "password", "data", "file", "errors", "key", "token"),
    *("opened_at", "document"),
]
# Of a row that a request made (planting.py), also in the number of a transfer or a quota; the
# number of an agreement; a checksum.
_NEW_ID = re.compile(r"(?:\b|(?<=[A-Z]))88\d{10}\b|\bFK\d{16}\b|\b[0-9a-f]{64}\b")
