"""What the page of operations shows of the log: is it sealed, is it whole?"""

from dataclasses import dataclass
from datetime import datetime

from activity.models import Activity, ActivitySeal

_LOOKED_AT = 1_000


@dataclass(frozen=True)
class State:
    """`broken` is the first broken place in words, as the last verification found it;
    `unsealed_since` the time of the oldest line that no seal covers, among the newest."""

    sealed_at: datetime | None
    unsealed_since: datetime | None
    verified_at: datetime | None
    broken: str


def state() -> State:
    """Three statements, inside the vendor's transaction."""
    seal = ActivitySeal.objects.order_by("-pk").first()
    newest = Activity.objects.order_by("-pk").values_list("page", "at")[:_LOOKED_AT]
    unsealed = [at for page, at in newest if seal is None or page > seal.page]
    verified = Activity.objects.filter(partner__isnull=True, verb="log.verified")
    checked = verified.order_by("-at", "-pk").first()
    return State(
        sealed_at=seal.sealed_at if seal else None,
        unsealed_since=min(unsealed, default=None),
        verified_at=checked.at if checked else None,
        broken=checked.after["broken"] if checked else "",
    )
