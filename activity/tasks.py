"""Shells for Celery. The work is in mail.py and seals/."""

import logging
from datetime import timedelta
from typing import Any

from celery import shared_task

from core import clock, tenancy

from . import mail, seals

log = logging.getLogger(__name__)
_OVERLAP = timedelta(hours=1)  # a block bears the time at which its sealing began


@shared_task
def send_mail(**kwargs: Any) -> None:
    mail.send_waiting(now=clock.now)


@shared_task
def seal_log(**kwargs: Any) -> None:
    seals.seal_lines(at=clock.now())


@shared_task
def verify_log(*, whole: bool = False, **kwargs: Any) -> None:
    """What was sealed since the last time, or all of it; and all again until it is whole."""
    with tenancy.vendor():
        known = seals.state()
    since = known.verified_at and known.verified_at - _OVERLAP
    at = clock.now()
    result = seals.verify(at=at, since=None if whole or known.broken else since)
    seals.record_verification(result, at=at)
    if result.broken:
        log.error("the log is not whole: %s", result.broken)


@shared_task
def forget_old_lines(**kwargs: Any) -> None:
    seals.forget_old_lines(at=clock.now())
