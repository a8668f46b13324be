"""A real worker, killed in the middle of the night: the next one makes exactly the rest."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from celery import Celery
from django.conf import settings
from django.db import connection, connections

from activity.models import Notification
from core.clock import today
from followups.models import Alert, GenerationRun, Rule
from tests.factories import make_complete, make_customer, make_daily, make_member, make_resource

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
PATIENCE = 60  # seconds
HELD = "leaving"  # in the order of scenarios the third of eight


class Worker:
    """A Celery worker of this test's own database and queue."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [
                *_celery(),
                "worker",
                "-c",
                "1",
                "-l",
                "warning",
                "--without-gossip",
                "--without-mingle",
            ],
            env=os.environ
            | {
                "DATABASE_URL": _url("default"),
                "DATABASE_OWNER_URL": _url("owner"),
                "REDIS_URL": settings.REDIS_URL,
                "DJANGO_SETTINGS_MODULE": "partnercenter.settings_test",
            },
            cwd=settings.BASE_DIR,
            start_new_session=True,
        )

    def kill(self) -> None:
        """As by the kernel: no handler runs, nothing is tidied up."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def _celery() -> list[str]:
    return [sys.executable, "-m", "celery", "-A", "partnercenter"]


def _url(alias: str) -> str:
    database = connections[alias].settings_dict
    query = urlencode({"host": database["HOST"]})
    return f"postgres://{database['USER']}@/{database['NAME']}?{query}"


@pytest.fixture
def worker():
    started = []

    def start() -> Worker:
        started.append(Worker())
        return started[-1]

    yield start
    for each in started:
        if each.process.poll() is None:
            each.kill()


def ask() -> None:
    """What beat does every half hour."""
    beat = Celery(broker=settings.CELERY_BROKER_URL, set_as_current=False)
    beat.send_task("followups.tasks.generate_followups")


def wait_until(true) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


def done_scenarios() -> set[str]:
    runs = GenerationRun.objects.filter(state="done")
    return set(runs.values_list("rule__scenario", flat=True))


def someone_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
            " WHERE l.locktype = 'advisory' AND NOT l.granted AND d.datname = current_database()"
        )
        return cursor.fetchone()[0] > 0


def hold(scenario: str, function: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {function}(hashtext('followups.scenario'), hashtext(%s))", [scenario]
        )


@pytest.fixture
def signs() -> set[tuple[str, str]]:
    """Six signs of six scenarios, as (customer, scenario)."""
    yesterday = today() - timedelta(days=1)
    make_complete(day=yesterday)
    manager = make_member()
    owing, leaving, dropping, ending, poor = (
        make_customer(manager=manager, **facts)
        for facts in (
            {"arrears": 3},
            {"disassociation_requested_on": yesterday},
            {},
            {},
            {"association_type": "resale", "available_amount": 1},
        )
    )
    make_daily(customer=dropping, day=yesterday - timedelta(days=7), days=30, cny=50)
    make_resource(customer=ending, expires_on=today() + timedelta(days=7))
    make_daily(customer=poor, day=yesterday, days=7, cny=10)
    return {
        (owing.number, "arrears"),
        (leaving.number, "leaving"),
        (dropping.number, "spending_drop"),
        (ending.number, "expiring"),
        (poor.number, "low_balance"),
    }


def raised() -> list[tuple[str, str]]:
    return list(Alert.objects.values_list("customer__number", "scenario"))


def test_a_killed_worker_leaves_what_it_finished_and_the_next_makes_the_rest(worker, signs):
    hold(HELD, "pg_advisory_lock")
    first = worker()
    ask()
    wait_until(someone_waits_for_a_lock)
    assert done_scenarios() == {"arrears", "expiring"}
    first.kill()
    hold(HELD, "pg_advisory_unlock")
    assert not Notification.objects.exists()  # killed before anybody was told
    worker()
    ask()
    wait_until(lambda: len(done_scenarios()) == Rule.objects.in_force(today()).count())
    wait_until(lambda: not GenerationRun.objects.filter(announced_at=None, made__gt=0).exists())
    assert sorted(raised()) == sorted(signs)
    assert sum(n.params["total"] for n in Notification.objects.all()) == len(signs)


def test_workers_killed_at_any_moment_make_each_alert_once(worker, signs):
    """Each is killed a little later than the one before, until one gets through."""
    for moment in range(40):
        one = worker()
        ask()
        start = len(done_scenarios())
        wait_until(lambda start=start: len(done_scenarios()) > start or start == 8)
        time.sleep(moment * 0.004)
        one.kill()
        if start == 8:
            break
    ask()
    worker()
    wait_until(lambda: not GenerationRun.objects.filter(announced_at=None, made__gt=0).exists())
    assert sorted(raised()) == sorted(signs)
    assert sum(n.params["total"] for n in Notification.objects.all()) == len(signs)
