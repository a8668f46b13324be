"""The people of the acting cloud account. A function of the database hands out their names and
addresses, and no others: the customers' role reads no table of users."""

from typing import NamedTuple

from django.db import connection


class Colleague(NamedTuple):
    """One user of the account; `pk` is his place there."""

    pk: int
    name: str
    email: str
    is_main: bool
    may_handle: bool
    is_active: bool


def colleagues() -> list[Colleague]:
    """The main user first, then as they came."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, name, email, is_main, may_handle, is_active FROM customers_colleagues()"
        )
        return [Colleague(*row) for row in cursor.fetchall()]
