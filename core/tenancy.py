"""The second wall around a tenant: PostgreSQL row-level security.

The first wall is `visible_to(member)`. When a query forgets it, the database still answers
with the acting partner's rows only, because web and workers sign in as `partnercenter_app`,
which owns nothing and bypasses nothing. ENABLE, never FORCE: the owner migrates and backs up,
and must see every row (docs/decisions/0002-tenancy.md).

Four ways a transaction can look at tenant rows:
- none opened: no row at all;
- `tenant(partner)`: that partner's rows; reading may reach further (its resellers);
- `customer(account)`: the few rows that are about that cloud account (core/account_walls.py);
- `vendor()`: every row, for the vendor's pages and for system jobs.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction
from django.db.migrations.operations.base import Operation

from . import patience

OWNER = "partnercenter_owner"
APP = "partnercenter_app"
VENDOR = "partnercenter_vendor"
CUSTOMER = "partnercenter_customer"

_ENTER = (
    "SELECT set_config('role', %s, true), set_config('app.partner_id', %s, true),"
    " set_config('app.partner_ids', %s, true), set_config('app.user_id', %s, true),"
    " set_config('app.account_id', %s, true),"
    " set_config('statement_timeout', %s, true), set_config('lock_timeout', %s, true)"
)
# Within another's transaction, whose limits stay: what held before comes back as the answer.
_ENTER_WITHIN = (
    "WITH before AS MATERIALIZED (SELECT"
    " current_setting('role') AS role, current_setting('app.partner_id', true) AS partner_id,"
    " current_setting('app.partner_ids', true) AS ids, current_setting('app.user_id', true) AS who,"
    " current_setting('app.account_id', true) AS account_id,"
    " current_setting('statement_timeout') AS a, current_setting('lock_timeout') AS b)"
    " SELECT before.*, set_config('role', %s, true), set_config('app.partner_id', %s, true),"
    " set_config('app.partner_ids', %s, true), set_config('app.user_id', %s, true),"
    " set_config('app.account_id', %s, true) FROM before"
)


@contextmanager
def tenant(
    partner_id: int | None, *, user_id: int | None = None, reads: Iterable[int] = ()
) -> Iterator[None]:
    """A transaction that sees and writes the rows of one partner.

    `reads` adds partners whose rows may be read but not written (a distributor's resellers).
    `user_id` opens a person's own memberships, before a partner is chosen.
    """
    ids = ",".join(str(pk) for pk in {partner_id, *reads} if pk)
    with _as(APP, str(partner_id or ""), f"{{{ids}}}" if ids else "", str(user_id or ""), ""):
        yield


@contextmanager
def customer(account_id: int | None = None, *, user_id: int | None = None) -> Iterator[None]:
    """A transaction that reads what is about one cloud account, and writes next to nothing.

    `user_id` opens a person's own places, before an account is chosen.
    """
    with _as(CUSTOMER, "", "", str(user_id or ""), str(account_id or "")):
        yield


@contextmanager
def vendor() -> Iterator[None]:
    """A transaction that sees and writes every tenant's rows."""
    with _as(VENDOR, "", "", "", ""):
        yield


@contextmanager
def snapshot() -> Iterator[None]:
    """A transaction that reads one moment and writes nothing. Say in it whose rows it reads."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def widen_reads(partner_ids: Iterable[int]) -> None:
    """Let the open tenant's transaction also read these partners' rows."""
    ids = ",".join(str(pk) for pk in partner_ids)
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.partner_ids', %s, true)", [f"{{{ids}}}"])


def enter_partner(partner_id: int | None) -> None:
    """Move the open tenant's transaction to a partner, once it is known whose it is; None: out
    of it again."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('app.partner_id', %s, true),"
            " set_config('app.partner_ids', %s, true)",
            [str(partner_id or ""), f"{{{partner_id}}}" if partner_id else ""],
        )


def enter_account(account_id: int) -> None:
    """Move the open customer's transaction to a cloud account, once it is known whose it is."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.account_id', %s, true)", [str(account_id)])


@contextmanager
def _as(*settings: str) -> Iterator[None]:
    nested = connection.in_atomic_block
    with transaction.atomic():
        with connection.cursor() as cursor:
            if nested:
                cursor.execute(_ENTER_WITHIN, settings)
                before = cursor.fetchone()[: len(settings) + 2]
            else:  # the outermost transaction forgets by itself, at its end
                cursor.execute(_ENTER, [*settings, *patience.limits()])
        yield
        if nested:
            with connection.cursor() as cursor:
                cursor.execute(_ENTER, [value or "" for value in before])


class Router:
    """Everything runs on `default`; `owner` is the same database, for migrating only."""

    def db_for_read(self, model: Any, **hints: Any) -> str:
        return "default"

    db_for_write = db_for_read

    def allow_relation(self, one: Any, other: Any, **hints: Any) -> bool:
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db == "owner"


# ---- roles ----


def ensure_roles(cursor: Any) -> None:
    """Create the three lesser roles where the owner may, and let them use what migrations make.

    On a managed server an administrator runs the statements of docs/operations.md once.
    """
    for role in (APP, VENDOR, CUSTOMER):
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
        if not cursor.fetchone():
            cursor.execute(f"CREATE ROLE {role} NOLOGIN")
            cursor.execute(f"GRANT {role} TO CURRENT_USER WITH INHERIT FALSE, SET TRUE")
    for role in (VENDOR, CUSTOMER):
        cursor.execute(
            "SELECT 1 FROM pg_auth_members WHERE roleid = %s::regrole AND member = %s::regrole",
            [role, APP],
        )
        if not cursor.fetchone():
            cursor.execute(f"GRANT {role} TO {APP} WITH INHERIT FALSE, SET TRUE")
    # What customers may do is granted table by table: what nobody thought of is closed to them.
    cursor.execute(f"GRANT USAGE ON SCHEMA public TO {CUSTOMER}")
    for role in (APP, VENDOR):
        cursor.execute(f"GRANT USAGE ON SCHEMA public TO {role}")
        cursor.execute(
            "ALTER DEFAULT PRIVILEGES IN SCHEMA public"
            f" GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role}"
        )
        cursor.execute(
            f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO {role}"
        )


def refuse_privileged_role() -> None:
    """Refuse to start as a role that row-level security does not bind."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, rolsuper OR rolbypassrls, EXISTS ("
            " SELECT 1 FROM pg_class"
            " WHERE relowner = r.oid AND relnamespace = 'public'::regnamespace)"
            " FROM pg_roles r WHERE rolname = current_user"
        )
        name, bypasses, owns = cursor.fetchone()
    if bypasses or owns:
        raise ImproperlyConfigured(
            f"The application is connected as {name!r}, which row-level security does not bind."
            f" Connect as {APP} (docs/operations.md, Roles)."
        )


# ---- migration operations ----


class SQLOperation(Operation):
    """A database-only operation written as pairs of SQL for one model's table."""

    reduces_to_sql = True
    reversible = True

    def state_forwards(self, app_label: str, state: Any) -> None:
        pass

    def statements(self, table: str) -> list[str]:
        raise NotImplementedError

    def reverse_statements(self, table: str) -> list[str]:
        raise NotImplementedError

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        for statement in self.statements(self._table(app_label, to_state)):
            schema_editor.execute(statement)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        for statement in self.reverse_statements(self._table(app_label, from_state)):
            schema_editor.execute(statement)

    def _table(self, app_label: str, state: Any) -> str:
        return state.apps.get_model(app_label, self.model)._meta.db_table

    model: str


_READS = "(SELECT nullif(current_setting('app.partner_ids', true), '')::bigint[])"
_OWN = "(SELECT nullif(current_setting('app.partner_id', true), '')::bigint)"
_USER = "(SELECT nullif(current_setting('app.user_id', true), '')::bigint)"


class TenantTable(SQLOperation):
    """Put the second wall around one table.

    `partner` is the column that holds the tenant. `writes` says what the partner's side may do
    beyond reading: any of insert, update, delete. `or_reads`, `or_writes` are further SQL
    conditions; `%(user)s` in them is the signed-in person, `%(own)s` the acting partner,
    `%(reads)s` the partners whose rows may be read.
    `private` rows are read by the partner alone, not by its distributor either.
    `append_only` takes UPDATE and DELETE from the vendor's role too.
    """

    def __init__(
        self,
        model: str,
        *,
        partner: str = "partner_id",
        writes: tuple[str, ...] = ("insert", "update", "delete"),
        or_reads: str = "",
        or_writes: str = "",
        private: bool = False,
        append_only: bool = False,
    ) -> None:
        self.model, self.partner, self.writes = model, partner, tuple(writes)
        self.private = private
        self.or_reads, self.or_writes, self.append_only = or_reads, or_writes, append_only

    def describe(self) -> str:
        return f"Row-level security on {self.model}"

    def deconstruct(self) -> tuple[str, list[str], dict[str, Any]]:
        return self.__class__.__name__, [self.model], {"partner": self.partner}

    def _condition(self, base: str, more: str) -> str:
        names = {"user": _USER, "own": _OWN, "reads": _READS}
        return f"({base} OR {more % names})" if more else base

    def statements(self, table: str) -> list[str]:
        theirs = f"{self.partner} = {_OWN}"
        read = theirs if self.private else f"{self.partner} = ANY ({_READS}::bigint[])"
        reads = self._condition(read, self.or_reads)
        own = self._condition(theirs, self.or_writes)
        clauses = {
            "insert": f"FOR INSERT TO {APP} WITH CHECK ({own})",
            "update": f"FOR UPDATE TO {APP} USING ({own}) WITH CHECK ({own})",
            "delete": f"FOR DELETE TO {APP} USING ({own})",
        }
        refused = ", ".join(verb.upper() for verb in clauses if verb not in self.writes)
        made = [
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            f"CREATE POLICY partner_reads ON {table} FOR SELECT TO {APP} USING ({reads})",
            *(f"CREATE POLICY partner_{v}s ON {table} {clauses[v]}" for v in self.writes),
            f"CREATE POLICY vendor ON {table} TO {VENDOR} USING (true) WITH CHECK (true)",
        ]
        if refused:
            made.append(f"REVOKE {refused} ON {table} FROM {APP}")
        if self.append_only:
            made.append(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {APP}, {VENDOR}")
        return made

    def reverse_statements(self, table: str) -> list[str]:
        names = ["partner_reads", *(f"partner_{v}s" for v in self.writes), "vendor"]
        return [
            *(f"DROP POLICY IF EXISTS {name} ON {table}" for name in names),
            f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {APP}, {VENDOR}",
        ]


class Updates(SQLOperation):
    """Of a tenant's row the partner's side may change these columns only."""

    def __init__(self, model: str, *columns: str) -> None:
        self.model, self.columns = model, columns

    def describe(self) -> str:
        return f"Columns of {self.model} that partners change"

    def deconstruct(self) -> tuple[str, list[str], dict[str, Any]]:
        return self.__class__.__name__, [self.model, *self.columns], {}

    def statements(self, table: str) -> list[str]:
        return [
            f"REVOKE UPDATE ON {table} FROM {APP}",
            f"GRANT UPDATE ({', '.join(self.columns)}) ON {table} TO {APP}",
        ]

    def reverse_statements(self, table: str) -> list[str]:
        return [f"GRANT UPDATE ON {table} TO {APP}"]


class VendorTable(SQLOperation):
    """A table that only the vendor's side may touch; `reads=True` lets partners read all of it."""

    def __init__(self, model: str, *, reads: bool = False) -> None:
        self.model, self.reads = model, reads

    def describe(self) -> str:
        return f"{self.model} belongs to the vendor"

    def deconstruct(self) -> tuple[str, list[str], dict[str, Any]]:
        return self.__class__.__name__, [self.model], {"reads": self.reads}

    def statements(self, table: str) -> list[str]:
        made = [f"REVOKE ALL ON {table} FROM {APP}"]
        return [*made, f"GRANT SELECT ON {table} TO {APP}"] if self.reads else made

    def reverse_statements(self, table: str) -> list[str]:
        return [f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {APP}"]


class SameTenant(SQLOperation):
    """A composite foreign key: the row and what it points at belong to one partner.

    Foreign keys bypass row-level security, so a plain one would accept another tenant's id.
    The target gets a unique (partner_id, id) the first time it is pointed at.
    """

    def __init__(self, model: str, column: str, target: str) -> None:
        self.model, self.column, self.target = model, column, target

    def describe(self) -> str:
        return f"{self.model}.{self.column} stays within its partner"

    def deconstruct(self) -> tuple[str, list[str], dict[str, Any]]:
        return self.__class__.__name__, [self.model, self.column, self.target], {}

    def statements(self, table: str) -> list[str]:
        return [
            f"CREATE UNIQUE INDEX IF NOT EXISTS {self.target}_partner_id_id_uniq"
            f" ON {self.target} (partner_id, id)",
            f"ALTER TABLE {table} ADD CONSTRAINT {table}_{self.column}_same_partner"
            f" FOREIGN KEY (partner_id, {self.column}) REFERENCES {self.target} (partner_id, id)"
            " DEFERRABLE INITIALLY IMMEDIATE",
        ]

    def reverse_statements(self, table: str) -> list[str]:
        return [f"ALTER TABLE {table} DROP CONSTRAINT {table}_{self.column}_same_partner"]
