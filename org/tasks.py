from importlib import import_module
from typing import Any

from celery import shared_task
from django.conf import settings


@shared_task
def forget_ended_sessions(**kwargs: Any) -> None:
    """Rows of sessions that nobody can use any more."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
