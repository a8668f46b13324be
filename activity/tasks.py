"""Shells for Celery. The work is in mail.py."""

from typing import Any

from celery import shared_task

from core import clock

from . import mail


@shared_task
def send_mail(**kwargs: Any) -> None:
    mail.send_waiting(now=clock.now)
