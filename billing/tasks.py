"""Shells for Celery."""

from typing import Any

from celery import shared_task

from core import clock, tenancy

from .bills.services import make_due_bills as _make_due_bills


@shared_task
def make_due_bills(**kwargs: Any) -> None:
    """Last month's bills, once it is time; running it again changes nothing."""
    with tenancy.vendor():
        _make_due_bills(at=clock.now())
