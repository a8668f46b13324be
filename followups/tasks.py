"""Shells for Celery. The work is in generation/; running one twice changes nothing."""

import logging
from typing import Any

from celery import shared_task

from core import clock
from core.refusals import Refused

from . import generation, snoozing

log = logging.getLogger(__name__)


@shared_task
def generate_followups(**kwargs: Any) -> None:
    """Every business date that is due, what became pointless meanwhile, what was put aside."""
    at = clock.now()
    try:
        generation.catch_up(clock.day_of(at), at=at)
    except Refused as refusal:  # its run record says so as well; the next call tries again
        log.info("%s", refusal)
    generation.close_followups(at=clock.now())
    snoozing.wake_alerts(at=clock.now())


@shared_task
def close_followups(**kwargs: Any) -> None:
    generation.close_followups(at=clock.now())
    snoozing.wake_alerts(at=clock.now())
