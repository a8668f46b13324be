"""Shells for Celery. Running one twice changes nothing."""

from typing import Any

from celery import shared_task

from core import clock

from .services import nightly


@shared_task(ignore_result=True)
def run_night(**kwargs: Any) -> None:
    """Expired coupons, yesterday's certificates, and who is told of what ends soon."""
    at = clock.now()
    nightly.run_night(clock.day_of(at), at=at)
