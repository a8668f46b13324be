"""A real worker, killed in the middle of a batch: the next one does exactly the rest."""

import pytest
from celery import Celery
from django.conf import settings

from activity.models import Activity, Notification
from customers.models import Assignment
from jobs.models import Job, JobRow
from tests.conftest import make_cast
from tests.factories import make_customer
from tests.followups.test_generate_killed import wait_until, worker  # noqa: F401

from .test_batches import assign

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
ROWS = 60


def wake(job: Job) -> None:
    broker = Celery(broker=settings.CELERY_BROKER_URL, set_as_current=False)
    broker.send_task("partnercenter.tasks.run_job", kwargs={"job_id": job.pk})


def test_each_row_is_done_exactly_once(worker):  # noqa: F811
    cast = make_cast()
    job = assign(cast, [make_customer(partner=cast.reseller) for _ in range(ROWS)])
    first = worker()
    wake(job)
    wait_until(lambda: JobRow.objects.done().count() >= 5)
    first.kill()
    done = JobRow.objects.done().count()
    assert 5 <= done < ROWS and Assignment.objects.count() == done
    worker()
    wake(job)
    wait_until(lambda: Job.objects.filter(pk=job.pk, told_at__isnull=False).exists())
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("done", 2)
    assert JobRow.objects.done().count() == Assignment.objects.count() == ROWS
    assert Activity.objects.filter(verb="customer.assigned").count() == ROWS
    assert Notification.objects.get(member=cast.jing).params == {"n": ROWS}
