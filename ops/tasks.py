"""Shells for Celery."""

import logging
from typing import Any

from celery import shared_task

from core import clock
from coupons import checking as coupons

from .money import check_ledger as check

log = logging.getLogger(__name__)


@shared_task
def check_ledger(**kwargs: Any) -> None:
    result = check(at=clock.now())
    if result.broken:
        log.error("the ledger is wrong: %s", result.broken)


@shared_task
def check_coupons(**kwargs: Any) -> None:
    found = coupons.check_coupons(at=clock.now())
    if found.broken:
        log.error("coupons are wrong: %s", "; ".join(found.broken))
