"""What the night does: ends what nobody answered and what is past its day, warns of the rest."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _

from core import tenancy
from core.clock import day_of

from ..rules import RESOLD
from .models import Authorization
from .services import end_one
from .telling import tell_expiring

WARN_DAYS = 7


def end_authorizations_due(*, at: datetime) -> int:
    """失效 and 到期. Returns how many ended."""
    today, states = day_of(at), Authorization.State
    with tenancy.vendor():
        live = Authorization.objects.live().order_by("pk")
        gone = Q(customer__disassociated_at__isnull=False) | ~Q(
            customer__association_type__in=RESOLD
        )
        left = _ids(live.filter(gone))
        unanswered = _ids(live.asked().filter(answer_by__lte=at))
        expired = _ids(live.filter(state=states.GRANTED, expires_on__lt=today))
    return sum(
        _end(pks, state, reason, at=at)
        for pks, state, reason in (
            (left, states.LAPSED, _("关联已解除，或不再是代售、转售客户")),
            (unanswered, states.LAPSED, _("客户在期限内没有处理")),
            (expired, states.EXPIRED, _("授权期限已满")),
        )
    )


def _ids(rows: Iterable[Authorization]) -> list[int]:
    return [row.pk for row in rows]


def _end(pks: list[int], state: str, reason: str, *, at: datetime) -> int:
    """Each in a transaction of its own."""
    ended = 0
    for pk in pks:
        with tenancy.vendor():
            ended += end_one(pk, state, reason=reason, at=at)
    return ended


def warn_of_expiry(*, at: datetime) -> None:
    """Once for each that ends within a week and for which nothing is asked yet."""
    today = day_of(at)
    with tenancy.vendor():
        asked = Authorization.objects.asked().values("customer")
        soon = Authorization.objects.in_force(today).filter(
            expires_on__lte=today + timedelta(days=WARN_DAYS)
        )
        for row in soon.exclude(customer__in=asked).select_related("customer", "partner"):
            tell_expiring(row, at=at)
