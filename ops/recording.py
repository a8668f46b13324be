"""When each task of the schedule ran last. Written beside the work, never in its way."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import DatabaseError

from core import clock, tenancy

from .models import TaskRun

log = logging.getLogger(__name__)


def is_scheduled(name: str) -> bool:
    return any(entry["task"] == name for entry in settings.CELERY_BEAT_SCHEDULE.values())


@contextmanager
def recorded(name: str, task_id: str) -> Iterator[None]:
    """Note the start and the end of one run; other rows and earlier runs stay as they are."""
    started = clock.now()
    _note_start(name, started)
    try:
        yield
    except BaseException as error:
        _note_end(name, started, failed=True, error=type(error).__name__[:100], error_id=task_id)
        raise
    _note_end(name, started, failed=False)


def _note_start(name: str, at: datetime) -> None:
    try:
        with tenancy.vendor():
            TaskRun.objects.bulk_create(
                [TaskRun(name=name, started_at=at)],
                update_conflicts=True,
                unique_fields=["name"],
                update_fields=["started_at"],
            )
    except DatabaseError:
        log.exception("the start of %s is not recorded", name)


def _note_end(name: str, started: datetime, *, failed: bool, **error: Any) -> None:
    at = clock.now()
    seconds = (at - started).total_seconds()
    ended = {"failed_at" if failed else "succeeded_at": at, "finished_at": at, "seconds": seconds}
    try:
        with tenancy.vendor():
            TaskRun.objects.filter(name=name).update(**ended, **error)
    except DatabaseError:
        log.exception("the end of %s is not recorded", name)
