"""Seals the lines that are committed, in blocks.

An id says nothing about when its line commits: a longer transaction's line may appear below
lines that are sealed. So a line is written on the page that is open (a default of its column),
and the pages before it are sealed once nobody can write on them any more:

1. Turn the page. From here on lines are written on the next one.
2. Wait for those who write to the log now: they may have read the number before. Whoever
   writes holds the table's ROW EXCLUSIVE lock from before the number is read to the end of the
   transaction, which pg_locks tells. They wait for nobody, and new ones are not waited for.
3. Seal all lines on the pages before. If somebody writes for too long, the next time does it.
"""

import logging
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef

from activity.models import Activity, ActivitySeal
from core import tenancy
from org.models import Partner

from .chain import DIGEST, LINES_HASH, Chain, alone, hash_of, sealed_page

log = logging.getLogger(__name__)

MOST_LINES = 10_000  # of a block: a broken one says where to look
PATIENCE = 60  # seconds for those who write while the page is turned
_LOOK_EVERY = 0.05

_WRITERS = (
    "SELECT virtualtransaction FROM pg_locks WHERE locktype = 'relation' AND granted"
    " AND mode = 'RowExclusiveLock' AND relation = 'activity_activity'::regclass"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " AND pid IS DISTINCT FROM pg_backend_pid()"
)
_BLOCKS = f"""
SELECT min(id), max(id), count(*), max(at), {LINES_HASH} FROM (
    SELECT a.id, a.at, {DIGEST} AS digest,
        (row_number() OVER (ORDER BY a.id) - 1) / %s AS block
    FROM activity_activity a WHERE {{chain}} AND a.page > %s AND a.page <= %s
) lines GROUP BY block ORDER BY block
"""


def seal_lines(*, at: datetime, patience: float = PATIENCE) -> int:
    """封存 all lines that are committed by now. Returns how many blocks were made."""
    closed = _turn_page()
    if not _writers_left(patience):
        log.info("the log is written to for longer than %s s: sealed the next time", patience)
        return 0
    with alone():
        after = sealed_page()
        chains = _chains_with_lines(after, closed) if after < closed else ()
        return sum(_seal(chain, after, closed, at) for chain in chains)


def _turn_page() -> int:
    """Open the next page; returns the last one that is closed now."""
    with tenancy.vendor(), connection.cursor() as cursor:
        cursor.execute("SELECT nextval('activity_page') - 1")
        return int(cursor.fetchone()[0])


def _writers_left(patience: float) -> bool:
    """Whether all who write to the log at this moment have ended, in time."""
    waiting, until = _writers(), time.monotonic() + patience
    while waiting:
        if time.monotonic() > until:
            return False
        time.sleep(_LOOK_EVERY)
        waiting &= _writers()
    return True


def _writers() -> set[str]:
    with tenancy.vendor(), connection.cursor() as cursor:
        cursor.execute(_WRITERS)
        return {transaction for (transaction,) in cursor.fetchall()}


def _chains_with_lines(after: int, closed: int) -> Iterator[Chain]:
    lines = Activity.objects.filter(page__gt=after, page__lte=closed)
    if lines.filter(partner__isnull=True).exists():
        yield Chain(None, "")
    has_lines = Exists(lines.filter(partner=OuterRef("pk")))
    for pk, name in Partner.objects.filter(has_lines).order_by("pk").values_list("pk", "name"):
        yield Chain(pk, name)


def _seal(chain: Chain, after: int, closed: int, at: datetime) -> int:
    """Add the blocks of one chain; nobody else does, and a unique number would refuse it."""
    last = ActivitySeal.objects.filter(chain.rows).order_by("-number").first()
    seals = []
    for block in _blocks(chain, after, closed):
        first_id, last_id, count, last_at, lines_hash = block
        last = ActivitySeal(
            partner_id=chain.partner_id,
            number=last.number + 1 if last else 1,
            after_page=after,
            page=closed,
            first_id=first_id,
            last_id=last_id,
            count=count,
            last_at=last_at,
            lines_hash=lines_hash,
            previous_hash=last.hash if last else "",
            sealed_at=at,
        )
        last.hash = hash_of(last)
        seals.append(last)
    return len(ActivitySeal.objects.bulk_create(seals, batch_size=1_000))


def _blocks(chain: Chain, after: int, closed: int) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(_BLOCKS.replace("{chain}", chain.of("a")), [MOST_LINES, after, closed])
        return cursor.fetchall()
