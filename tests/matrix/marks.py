"""Marks (canaries): what every row of the matrix's world carries, so that a leak names itself.

A text field holds a token that says whose row it is and which field it is in; a masked name
still shows the group's rare character at both ends, a masked phone its last digits; ids and
addresses come from ranges of their own.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from urllib.parse import unquote

from django.apps import apps
from django.db import models

GROUPS = (
    "distributor",  # 总经销商 zong: rows of the whole partner
    "reseller",  # its reseller yun: rows of the whole partner
    "jing",  # there: what account manager jing has
    "other",  # there: what another account manager has
    "unassigned",  # there: customers without an account manager
    "someone",  # there: a member's private things
    "stranger",  # a partner that has nothing to do with the others
    "second",  # a partner in which one of the reseller's members works too
    "vendor",  # the vendor's own rows
)
OWN_APPS = (
    *("org", "ledger", "customers", "billing", "followups", "activity", "jobs", "workbench"),
    *("associations", "coupons", "ops"),
)
ANY = "*"  # the field, where the mark does not tell it


@dataclass(frozen=True)
class Seen:
    """One mark found in an answer."""

    group: str
    field: str  # "customers.Customer.phone", or ANY
    text: str

    def __str__(self) -> str:
        return f"{self.group}'s {self.field} ({self.text!r})"


def own_models() -> list[type[models.Model]]:
    return [m for app in OWN_APPS for m in apps.get_app_config(app).get_models()]


@cache
def fields() -> list[str]:
    """All text fields of our models, in an order that a token can name by number."""
    kinds = (models.CharField, models.TextField, models.JSONField, models.FileField)
    return [
        f"{model._meta.label}.{field.name}"
        for model in own_models()
        for field in model._meta.concrete_fields
        if isinstance(field, kinds)
    ]


def text(group: str, field: str, n: int = 0) -> str:
    """The value of a text field: at most 17 characters, different for each `n` below 10,000."""
    rare = _rare(group)
    return f"{rare}zqxjk{GROUPS.index(group)}{fields().index(field):03d}-{n}{rare}"


def email(group: str, field: str, n: int = 0) -> str:
    """Masked, an address still shows its domain."""
    return f"x@zqxjk{GROUPS.index(group)}{fields().index(field):03d}-{n}.example"


def phone(group: str, n: int = 0) -> str:
    return f"139{n:04d}77{GROUPS.index(group):02d}"


def address(group: str) -> str:
    return f"198.51.100.{200 + GROUPS.index(group)}"


def first_id(group: str) -> int:
    """Where the ids of a group's rows start: 77gg00000000."""
    return (7700 + GROUPS.index(group)) * 10**8


def group_of(pk: int) -> str:
    """Whose row an id belongs to."""
    assert 7700 <= pk // 10**8 < 7700 + len(GROUPS), f"{pk} is not of the matrix's world"
    return GROUPS[pk // 10**8 - 7700]


def _rare(group: str) -> str:
    return chr(0x3400 + GROUPS.index(group))


_LONG = re.compile(r"[A-Za-z0-9]{30,}")  # CSRF tokens: random letters may spell anything
_TOKEN = re.compile(r"zqxjk(\d)(\d{3})(?:-\d+)?")
_WHOLE = re.compile("[㐀-㐈]?zqxjk\\d{4}(?:-\\d+)?[㐀-㐈]?")
_RARE = re.compile("[㐀-㐈]|\\\\u340([0-8])")
# Borders: letters and digits of a request's id, drawn at random, may hold any number.
_PHONE = re.compile(r"(?<![0-9a-zA-Z])(?:\+?86)?139(?:\d{4}|\*{4})77(0[0-8])(?![0-9a-zA-Z])")
_ADDRESS = re.compile(r"198\.51\.100\.(20[0-8])")
_ID = re.compile(r"(?<!\d)77(0[0-8])0000\d{4}(?!\d)")


def find(answer: str, *, given: set[str] = frozenset()) -> Iterator[Seen]:
    """Every mark in an answer. `given`: ids that the request itself named."""
    plain = _LONG.sub("", unquote(answer) if "%" in answer else answer)
    for found in _TOKEN.finditer(plain):
        yield Seen(GROUPS[int(found[1])], fields()[int(found[2])], found[0])
    for found in _RARE.finditer(_WHOLE.sub("", plain)):
        number = int(found[1]) if found[1] else ord(found[0]) - 0x3400
        yield Seen(GROUPS[number], ANY, found[0])
    for found in _PHONE.finditer(plain):
        yield Seen(GROUPS[int(found[1])], ANY, found[0])
    for found in _ADDRESS.finditer(plain):
        yield Seen(GROUPS[int(found[1]) - 200], ANY, found[0])
    for found in _ID.finditer(plain):
        if found[0] not in given:
            yield Seen(GROUPS[int(found[1])], "id", found[0])
