"""Shells for Celery. Running one twice changes nothing."""

from typing import Any

from celery import shared_task

from activity.services import forget_old_notices as forget_of_members
from core import clock
from customers.accounts.services import forget_old_account_notices
from jobs import approval, bulk, services
from jobs.imports import services as imports


@shared_task
def run_job(*, job_id: int, **kwargs: Any) -> None:
    from .work import RUNNERS, WORK

    services.run_job(job_id, WORK, now=clock.now, runners=RUNNERS)


@shared_task
def run_waiting_jobs(**kwargs: Any) -> None:
    """Wake a worker for each job that nobody is at: the broker was away, or a worker died."""
    from .batches import ACTIONS

    for job_id in services.waiting_jobs():
        run_job.delay(job_id=job_id)
    bulk.announce_ended(ACTIONS, at=clock.now())


@shared_task
def refuse_unanswered(**kwargs: Any) -> None:
    """Exports that nobody approved in time."""
    approval.refuse_unanswered(at=clock.now())


@shared_task
def forget_old_files(**kwargs: Any) -> None:
    services.forget_old_files(at=clock.now())
    imports.forget_old_imports(at=clock.now())


@shared_task
def forget_old_notices(**kwargs: Any) -> None:
    forget_of_members(at=clock.now())
    forget_old_account_notices(at=clock.now())
