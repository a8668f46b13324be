"""Lines go when they are older than the setting says: whole blocks, from the first on.

The application may not delete lines. It asks a function of the owner's (migration 0008), one
block a transaction, so that no lock lasts: it keeps the floor of 180 days whatever it is asked,
and refuses a block of which lines are missing.
"""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection

from activity.models import ActivitySeal
from activity.services import record
from core import clock, tenancy
from org.models import Partner

from .chain import Chain, alone
from .state import state

log = logging.getLogger(__name__)


def forget_old_lines(*, at: datetime) -> int:
    """清理 the days that are over; of a log that was found broken nothing. How many lines went."""
    with tenancy.vendor():
        broken = state().broken
    if broken:
        log.error("old lines are kept, because the log is not whole: %s", broken)
        return 0
    first_kept = clock.day_of(at) - timedelta(days=settings.ACTIVITY_RETENTION_DAYS)
    older_than = clock.start_of(first_kept)
    chains = [None, *Partner.objects.order_by("pk").values_list("pk", flat=True)]
    gone = sum(_forget(Chain(pk, ""), older_than) for pk in chains)
    if gone:
        after = {"lines": gone, "to": (first_kept - timedelta(days=1)).isoformat()}
        with tenancy.vendor():
            record("log.trimmed", by=None, at=at, after=after)
    return gone


def _forget(chain: Chain, older_than: datetime) -> int:
    gone = 0
    while (lines := _forget_first(chain, older_than)) is not None:
        gone += lines
    return gone


def _forget_first(chain: Chain, older_than: datetime) -> int | None:
    """Take away the first block's lines, if all are old enough; None if there is none."""
    with alone(), connection.cursor() as cursor:
        standing = ActivitySeal.objects.filter(chain.rows, removed_at__isnull=True)
        first = standing.order_by("number").first()
        if first is None or first.last_at >= older_than:
            return None
        cursor.execute("SELECT activity_forget_block(%s, %s)", [first.pk, older_than])
        return cursor.fetchone()[0]
