"""What the page of operations shows of the log: is it sealed, is it whole?"""

from dataclasses import dataclass
from datetime import datetime

from activity.models import Activity, ActivitySeal


@dataclass(frozen=True)
class State:
    """`broken` is the first broken place in words, as the last verification found it."""

    sealed_at: datetime | None
    verified_at: datetime | None
    broken: str


def state() -> State:
    """Two statements, inside the vendor's transaction."""
    seal = ActivitySeal.objects.order_by("-pk").first()
    verified = Activity.objects.filter(partner__isnull=True, verb="log.verified")
    checked = verified.order_by("-at", "-pk").first()
    return State(
        sealed_at=seal.sealed_at if seal else None,
        verified_at=checked.at if checked else None,
        broken=checked.after["broken"] if checked else "",
    )
