from typing import Any

from celery import shared_task

from core import clock

from .authorizations import nightly
from .proxies import services as proxies


@shared_task(ignore_result=True)
def end_authorizations(**kwargs: Any) -> None:
    """Requests that nobody answered, what is past its last day; and who should know in time."""
    at = clock.now()
    nightly.end_authorizations_due(at=at)
    nightly.warn_of_expiry(at=at)


@shared_task(ignore_result=True)
def end_proxy_sessions(**kwargs: Any) -> None:
    """Sessions in customers' accounts that are idle or hold no more."""
    proxies.end_unattended(at=clock.now())
