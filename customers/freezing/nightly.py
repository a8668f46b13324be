"""What the night does about frozen resources before they are released (billing releases them)."""

from datetime import datetime

from core import tenancy

from .models import Freeze
from .rules import KEPT_FOR, WARN_BEFORE
from .services import warn_of_release


def warn_of_releases(*, at: datetime) -> int:
    """即将释放, three days before. Returns how many were told of; telling twice tells once."""
    with tenancy.vendor():
        soon = Freeze.objects.kept_since(at - KEPT_FOR + WARN_BEFORE)
        rows = list(soon.order_by("pk"))
        for row in rows:
            warn_of_release(row, at=at)
        return len(rows)
