"""Shells for Celery. Running one twice changes nothing."""

from typing import Any

from celery import shared_task
from django.db import transaction

from core import clock, tenancy
from customers.freezing.nightly import warn_of_releases

from .bills.services import make_due_bills as _make_due_bills
from .budgets import releasing
from .budgets import services as budgets
from .operations import services
from .operations.models import ResourceRequest


@shared_task
def make_due_bills(**kwargs: Any) -> None:
    """Last month's bills, once it is time."""
    with tenancy.vendor():
        _make_due_bills(at=clock.now())


@shared_task(ignore_result=True)
def run_request(*, request_id: int, **kwargs: Any) -> None:
    services.run_request(request_id, at=clock.now())


@shared_task(ignore_result=True)
def run_due_requests(**kwargs: Any) -> None:
    """What nobody is at: the broker was away, a worker died, or a cloud did not answer."""
    services.run_due(at=clock.now())


@shared_task(ignore_result=True)
def weigh_budgets(**kwargs: Any) -> None:
    """How much of the budgets is used; who reached a level is told of, or frozen."""
    budgets.weigh_all(at=clock.now())


@shared_task(ignore_result=True)
def release_frozen(**kwargs: Any) -> None:
    """Resources of customers frozen for 15 days; who is near that is told of."""
    at = clock.now()
    warn_of_releases(at=at)
    releasing.release_due(at=at)


def carry_out(request: ResourceRequest) -> None:
    """Wake a worker once the row is there; without a broker it waits for the next minute."""
    transaction.on_commit(lambda: run_request.delay(request_id=request.pk), robust=True)
