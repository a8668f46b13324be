"""kill -9 in the middle of a batch of allocations; then the ledger is proved, and every row of the
batch is done once or reported as not done.

The suite kills a worker once. `LEDGER_CYCLES=20 ./run test tests/ledger/test_killed.py` is the
drill: as many batches of 1,000. With LEDGER_KILLS_POSTGRES=1, in every second one a server process
of PostgreSQL is killed with the worker, which makes the whole server recover. A web process only
asks for the batch, in one transaction: killed, there is a batch or there is none.
"""

import os
import signal
import time
from decimal import Decimal
from uuid import uuid4

import pytest
from celery import Celery
from django.conf import settings
from django.db import DatabaseError, connections
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
from tests import database
from tests.conftest import make_cast
from tests.factories import make_customer, make_money
from tests.followups.test_generate_killed import worker  # noqa: F401

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "owner"]),
    pytest.mark.slow,
]
CYCLES = int(os.environ.get("LEDGER_CYCLES", "0"))
ROWS = int(os.environ.get("LEDGER_ROWS", 1_000 if CYCLES else 60))
PATIENCE = 600  # seconds
# The embedded server of tests does not wait for the disk (fsync off), so a crash may leave it
# inconsistent by itself: only on a server that does, by DATABASE_URL and DATABASE_OWNER_URL.
KILLS_POSTGRES = bool(os.environ.get("LEDGER_KILLS_POSTGRES"))


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
    database._server.cache_clear()  # the run's own connection ended with the others
    time.sleep(2)  # the postmaster has noticed
    wait_until(is_back)


def is_back() -> bool:
    try:
        with tenancy.vendor(), connections["owner"].cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        connections.close_all()
        return False
    return True


def wait_until(true) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.1)


def done_rows(job: Job) -> int:
    with tenancy.vendor():
        return JobRow.objects.done().filter(job=job).count()


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
    wait_until(lambda: done_rows(job) >= 5)
    if cycle % 2 and KILLS_POSTGRES:
        kill_a_server_process()
    first.kill()
    assert done_rows(job) < ROWS - 10  # servers for tests commit without waiting for the disk
    second = worker()
    wake(job)

    def is_over() -> bool:
        with tenancy.vendor():
            return Job.objects.filter(pk=job.pk, told_at__isnull=False).exists()

    wait_until(is_over)
    second.kill()
    with tenancy.vendor():
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
