from typing import Any

from celery import shared_task

from core import clock

from .services import nightly


@shared_task(ignore_result=True)
def end_unanswered(**kwargs: Any) -> None:
    """Requests whose time is over, and associations that nobody noted yet."""
    at = clock.now()
    nightly.end_unanswered(at=at)
    nightly.note_associations(at=at)
