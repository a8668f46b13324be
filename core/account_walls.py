"""The wall around a cloud account: what its users may read of tenants' rows.

They work as a role of their own (`core.tenancy.customer`), which holds no right but those given
here: table by table, row by row, where need be column by column.
"""

from typing import Any

from .tenancy import APP, CUSTOMER, VENDOR, SQLOperation

_ACCOUNT = "(SELECT nullif(current_setting('app.account_id', true), '')::bigint)"
_USER = "(SELECT nullif(current_setting('app.user_id', true), '')::bigint)"


class AccountReads(SQLOperation):
    """The users of a cloud account may read these rows of a tenant's table.

    `condition` is SQL; `%(account)s` in it is the acting cloud account, `%(user)s` the signed-in
    person. `columns` narrows what they read, `updates` names what they may change.
    """

    def __init__(
        self,
        model: str,
        condition: str = "cloud_account_id = %(account)s",
        *,
        columns: tuple[str, ...] = (),
        updates: tuple[str, ...] = (),
    ) -> None:
        self.model, self.condition = model, condition
        self.columns, self.updates = columns, updates

    def describe(self) -> str:
        return f"What customers read of {self.model}"

    def deconstruct(self) -> tuple[str, list[str], dict[str, Any]]:
        return self.__class__.__name__, [self.model, self.condition], {}

    def statements(self, table: str) -> list[str]:
        rows = self.condition % {"account": _ACCOUNT, "user": _USER}
        columns = f" ({', '.join(self.columns)})" if self.columns else ""
        made = [
            f"GRANT SELECT{columns} ON {table} TO {CUSTOMER}",
            f"CREATE POLICY account_reads ON {table} FOR SELECT TO {CUSTOMER} USING ({rows})",
        ]
        if self.updates:
            made += [
                f"GRANT UPDATE ({', '.join(self.updates)}) ON {table} TO {CUSTOMER}",
                f"CREATE POLICY account_updates ON {table} FOR UPDATE TO {CUSTOMER}"
                f" USING ({rows}) WITH CHECK ({rows})",
            ]
        return made

    def reverse_statements(self, table: str) -> list[str]:
        return [
            f"DROP POLICY IF EXISTS account_updates ON {table}",
            f"DROP POLICY IF EXISTS account_reads ON {table}",
            f"REVOKE ALL ON {table} FROM {CUSTOMER}",
        ]


class AccountTable(SQLOperation):
    """A table without a tenant: the vendor's side keeps it, partners do not touch it.

    What customers read of it says `AccountReads`.
    """

    def __init__(self, model: str) -> None:
        self.model = model

    def describe(self) -> str:
        return f"Row-level security on {self.model}"

    def deconstruct(self) -> tuple[str, list[str], dict[str, Any]]:
        return self.__class__.__name__, [self.model], {}

    def statements(self, table: str) -> list[str]:
        return [
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            f"REVOKE ALL ON {table} FROM {APP}",
            f"CREATE POLICY vendor ON {table} TO {VENDOR} USING (true) WITH CHECK (true)",
        ]

    def reverse_statements(self, table: str) -> list[str]:
        return [
            f"DROP POLICY IF EXISTS vendor ON {table}",
            f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {APP}",
        ]
