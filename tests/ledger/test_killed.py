"""kill -9 in the middle of a batch of allocations; then the ledger is proved, and every row of the
batch is done once or reported as not done.

The suite kills a worker once. `LEDGER_CYCLES=20 ./run test tests/ledger/test_killed.py` is the
drill: as many batches of 1,000; in every second one a server process of PostgreSQL is killed with
the worker, which makes the whole server recover. A web process only asks for the batch, in one
transaction: killed, there is a batch or there is none.
"""

import os
import signal
import time
from decimal import Decimal
from uuid import uuid4

import pytest
from celery import Celery
from django.conf import settings
from django.db import connections
from django.http import QueryDict

from billing.funds.models import Adjustment, CustomerFunds
from core import tenancy
from core.clock import now
from jobs.bulk import ask_batch
from jobs.models import Job, JobRow
from ledger.models import Account
from ledger.services import account_of, balance
from ops.money import check_ledger
from partnercenter.batches import ACTIONS
from tests.conftest import make_cast
from tests.factories import make_customer, make_money
from tests.followups.test_generate_killed import wait_until, worker  # noqa: F401

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
CYCLES = int(os.environ.get("LEDGER_CYCLES", "0"))
ROWS = 1_000 if CYCLES else 60


def wake(job: Job) -> None:
    broker = Celery(broker=settings.CELERY_BROKER_URL, set_as_current=False)
    broker.send_task("partnercenter.tasks.run_job", kwargs={"job_id": job.pk})


def allocate_to(customers, by) -> Job:
    with tenancy.tenant(by.partner_id, user_id=by.user_id):
        return ask_batch(
            ACTIONS["allocate"],
            [customer.pk for customer in customers],
            QueryDict("amount=1&money=cash&memo="),
            scope="逐项选择",
            token=uuid4(),
            by=by,
            at=now(),
        )


def kill_a_server_process() -> None:
    """One of the worker's; the postmaster then ends all others and recovers."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() ORDER BY backend_start DESC LIMIT 1"
        )
        os.kill(cursor.fetchone()[0], signal.SIGKILL)
    connections.close_all()
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            connections["owner"].ensure_connection()
            return
        except Exception:
            time.sleep(0.2)
    raise AssertionError("PostgreSQL did not come back")


def as_vendor():
    """The test's own connection may have been ended with the others."""
    return tenancy.vendor()


@pytest.mark.parametrize("cycle", range(CYCLES or 1))
def test_each_row_is_done_once_or_reported(worker, cycle):  # noqa: F811
    cast = make_cast()
    make_money(cast.reseller, ROWS - 10)  # not enough for all
    customers = [
        make_customer(partner=cast.reseller, association_type="resale") for _ in range(ROWS)
    ]
    job = allocate_to(customers, cast.cai)
    first = worker()
    wake(job)
    wait_until(lambda: JobRow.objects.done().count() >= 5)
    if cycle % 2:
        kill_a_server_process()
    first.kill()
    with as_vendor():
        assert 5 <= JobRow.objects.done().count() < ROWS - 10
    second = worker()
    wake(job)
    with as_vendor():
        pass

    def is_over() -> bool:
        with as_vendor():
            return Job.objects.filter(pk=job.pk, told_at__isnull=False).exists()

    wait_until(is_over)
    second.kill()
    with as_vendor():
        done = set(JobRow.objects.done().values_list("subject_id", flat=True))
        skipped = JobRow.objects.filter(job=job, outcome="skipped")
        assert len(done) == ROWS - 10 and skipped.count() == 10
        assert all("余额不足" in row.reason for row in skipped)
        made = Adjustment.objects.values_list("customer", "amount")
        assert sorted(made) == sorted((pk, Decimal(1)) for pk in done)
        has = CustomerFunds.objects.filter(customer__in=done)
        assert set(has.values_list("account__balance", flat=True)) == {Decimal(1)}
        assert balance(account_of(cast.reseller.pk, Account.Kind.CASH)) == 0
    assert not check_ledger(at=now()).findings
