"""Rows that are kept for a time go in parts, so that no lock lasts."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from . import tenancy

PART = 5_000


def forget_made_before(moment: datetime, rows: QuerySet[Any], *, part: int = PART) -> int:
    """Delete those of `rows` that were made (`created_at`) before the moment; returns how many.

    Each part is a transaction. The oldest are looked for by their keys, which are in the order of
    their making: that needs no index, and ends at the first part with younger ones.
    """
    gone = 0
    while True:
        with tenancy.vendor():
            oldest = rows.order_by("pk").values_list("pk", "created_at")[:part]
            old = [pk for pk, made_at in oldest if made_at < moment]
            # Asked of `rows` again: one of them may be wanted meanwhile.
            gone += rows.filter(pk__in=old).delete()[0]
        if len(old) < part:
            return gone
