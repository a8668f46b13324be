"""Frozen with its resources for 15 days: they are released, through the gateway, for good."""

import logging
from dataclasses import dataclass
from datetime import datetime

from core import tenancy
from core.refusals import Refused
from customers.freezing.models import Freeze
from customers.freezing.services import mark_released

from ..models import Resource
from ..operations.gateway import Order, Unreachable, gateway
from ..operations.kinds import Kind

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Doomed:
    """A resource as the gateway takes it."""

    resource_id: int


def release_due(*, at: datetime) -> int:
    """Of every night. Returns how many customers have nothing left; the others come again."""
    with tenancy.vendor():
        pks = list(Freeze.objects.due_for_release(at).order_by("pk").values_list("pk", flat=True))
    return sum(_release(pk, at=at) for pk in pks)


def _release(pk: int, *, at: datetime) -> bool:
    """Each resource by a key of its own, so that a second night does none of them twice.

    The row is held, so that nobody unfreezes in the middle.
    """
    with tenancy.vendor():
        row = (
            Freeze.objects.due_for_release(at)
            .filter(pk=pk)
            .select_for_update(no_key=True, of=("self",))
            .first()
        )
        if row is None:
            return False
        running = Resource.objects.filter(customer=row.customer_id).running().order_by("pk")
        left = [each for each in running.select_related("customer") if not _gone(each, row, at)]
        if left:
            log.warning("freeze %s: %s resources are not released yet", pk, len(left))
            return False
        mark_released(row, at=at)
        return True


def _gone(resource: Resource, row: Freeze, at: datetime) -> bool:
    order = Order(
        key=f"freeze-{row.pk}-{row.since:%Y%m%d}-{resource.pk}"[:40],
        kind=Kind.RELEASE,
        account=resource.customer.number,
        resource=resource.number,
        parameters={},
    )
    try:
        gateway().carry_out(order, Doomed(resource.pk), at=at)
    except (Refused, Unreachable) as why:
        log.warning("resource %s: %s", resource.pk, why)
        return False
    return True
