"""`migrate` as the owner, one process at a time, with the roles in place before it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import CommandParser
from django.core.management.commands.migrate import Command as Migrate
from django.db import connections

from core import tenancy

_TRY_LOCK = "SELECT pg_try_advisory_lock(hashtext('partnercenter.migrate'))"
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
    """Asked again and again: a statement that waits holds a snapshot, for which an index that the
    other one builds concurrently would wait in turn."""
    while not _lock(cursor):
        time.sleep(0.2)
    try:
        yield
    finally:
        cursor.execute(_UNLOCK)


def _lock(cursor: Any) -> bool:
    cursor.execute(_TRY_LOCK)
    return cursor.fetchone()[0]
