"""Whom a customer turns to. A function of the database hands out these names and no others."""

from typing import NamedTuple

from django.db import connection


class Contact(NamedTuple):
    """A person of the partner's; `is_manager`: the customer's account manager."""

    name: str
    email: str
    phone: str
    is_manager: bool


def contacts() -> list[Contact]:
    """Of the acting account's partner: its account manager and the main account.

    Without contacts that a partner named, the administrator is shown (customers_coupons.md §3.10).
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, email, phone, is_manager FROM customers_contacts()")
        return [Contact(*row) for row in cursor.fetchall()]
