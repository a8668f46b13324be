"""`migrate` as the owner, one process at a time, with the roles in place before it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import CommandParser
from django.core.management.commands.migrate import Command as Migrate
from django.db import connections

from core import tenancy

_LOCK = "SELECT pg_advisory_lock(hashtext('partnercenter.migrate'))"
_UNLOCK = "SELECT pg_advisory_unlock(hashtext('partnercenter.migrate'))"


class Command(Migrate):
    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(database="owner")

    def handle(self, *args: Any, **options: Any) -> str | None:
        """Django's own is not safe to run twice at once; an advisory lock makes it so."""
        with connections[options["database"]].cursor() as cursor, _alone(cursor):
            tenancy.ensure_roles(cursor)
            return super().handle(*args, **options)


@contextmanager
def _alone(cursor: Any) -> Iterator[None]:
    cursor.execute(_LOCK)
    try:
        yield
    finally:
        cursor.execute(_UNLOCK)
