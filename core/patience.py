"""How long a statement may run, and how long it may wait for a lock.

A request has seconds, a task or a command much longer (settings.DB_PATIENCE). The limits are set
together with the tenant (core/tenancy.py) and end with its transaction. A request that runs into
one is rolled back and answered with 503 (partnercenter/errors.py).
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection, transaction

from . import request_context


def limits() -> tuple[str, str]:
    """statement_timeout and lock_timeout of what runs now."""
    context = request_context.current()
    return settings.DB_PATIENCE["request" if context and context.is_request else "job"]


def take_time() -> None:
    """Let the rest of this request's transaction run as long as a job; not wait as long."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('statement_timeout', %s, true)", [settings.DB_PATIENCE["job"][0]]
        )


@contextmanager
def at_most(seconds: int) -> Iterator[None]:
    """A savepoint whose statements run no longer each; whoever catches OperationalError goes on."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('statement_timeout')")
        (before,) = cursor.fetchone()
        change = "SELECT set_config('statement_timeout', %s, true)"
        cursor.execute(change, [f"{seconds}s"])
        yield
        cursor.execute(change, [before])
