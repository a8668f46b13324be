"""A real worker, killed in the middle of an import: the next one does exactly the rest."""

import pytest

from customers.notes.models import Remark
from jobs.models import Job, JobRow
from tests.conftest import make_cast
from tests.factories import make_customer
from tests.followups.test_generate_killed import wait_until, worker  # noqa: F401

from .sheets import book
from .test_batch_killed import wake
from .test_imports import HEADERS, commit, look, upload

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
ROWS = 60


def test_each_line_is_imported_exactly_once(worker):  # noqa: F811
    cast = make_cast()
    rows = [make_customer(partner=cast.reseller) for _ in range(ROWS)]
    file = book(HEADERS, *([row.number, "", "备注"] for row in rows))
    job = commit(cast.yun, look(cast.yun, upload(cast.yun, file)))
    first = worker()
    wake(job)
    wait_until(lambda: JobRow.objects.done().count() >= 5)
    first.kill()
    done = JobRow.objects.done().count()
    assert 5 <= done < ROWS and Remark.objects.count() == done
    worker()
    wake(job)
    wait_until(lambda: Job.objects.filter(pk=job.pk, state="done").exists())
    assert Remark.objects.count() == JobRow.objects.done().count() == ROWS
