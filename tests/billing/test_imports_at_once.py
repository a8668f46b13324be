"""Two imports at once, and imports that are killed."""

import io
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from billing.models import ChargeLine, ConsumptionFile, DailyConsumption
from billing.services.imports import Imported, _prepare_month_after, import_consumption
from core import tenancy
from tests.billing.focus_files import charge, focus_csv, nothing_stored, owned_by
from tests.factories import NOW, make_customer
from tests.race import race

pytestmark = pytest.mark.django_db(transaction=True)

# A process of its own on this test's database, which imports one file.
IMPORTER = """
import sys
import django
django.setup()
from django.core.management import call_command
from django.db import connections
for alias in ("default", "owner"):
    connections[alias].settings_dict["NAME"] = sys.argv[1]
call_command("import_consumption", sys.argv[2])
"""


def deliver_alone(content: bytes, name: str) -> Imported:
    """As a request does it: in a transaction of its own, as the vendor."""
    with tenancy.vendor():
        return import_consumption(io.BytesIO(content), name=name, by=None, at=NOW)


def test_the_same_file_at_once_is_imported_once() -> None:
    content = focus_csv(charge(), charge(BilledCost="2"))
    results = race(lambda: deliver_alone(content, "bill.csv"), 4)
    assert sorted(result.changed for result in results) == [False, False, False, True]
    assert ConsumptionFile.objects.count() == 1 and ChargeLine.objects.count() == 2


def test_two_corrections_at_once_leave_one_of_them() -> None:
    owned_by(make_customer())
    amounts = iter(["3", "4"])
    results = race(lambda: deliver_alone(focus_csv(charge(BilledCost=next(amounts))), "b.csv"), 2)
    assert all(result.changed for result in results)
    (line,) = ChargeLine.objects.all()
    (figure,) = DailyConsumption.objects.all()
    assert line.billed_cost == figure.amount
    assert ConsumptionFile.objects.filter(state="imported").get().pk == line.file_id


def test_different_files_at_once_all_count() -> None:
    owned_by(make_customer())
    numbers = iter(range(4))

    def deliver_one() -> Imported:
        n = next(numbers)
        return deliver_alone(focus_csv(charge(Id=str(n), BilledCost="2")), f"{n}.csv")

    results = race(deliver_one, 4)
    assert [result for result in results if not isinstance(result, Imported)] == []
    assert DailyConsumption.objects.get().amount == 8


def test_a_new_month_keeps_no_reader_waiting() -> None:
    with somebody_holds("SELECT billing_ensure_month('2031-05-01')"), connection.cursor() as mine:
        mine.execute("SET lock_timeout = '1s'")
        mine.execute("SELECT count(*) FROM billing_dailyconsumption")
        mine.execute("SELECT count(*) FROM billing_chargeline")
        mine.execute("RESET lock_timeout")


def test_the_next_month_is_left_to_the_import_that_is_running() -> None:
    """Its locks and the import's would wait for each other."""
    with somebody_holds("SELECT pg_advisory_xact_lock(hashtext('billing.figures'))"):
        _prepare_month_after(date(2031, 4, 30))
    assert count("SELECT count(to_regclass('billing_dailyconsumption_2031_05'))") == 0


def test_the_next_month_is_made_ready_after_the_import() -> None:
    deliver_alone(focus_csv(charge(day="2026-10-05")), "bill.csv")
    assert count("SELECT count(to_regclass('billing_dailyconsumption_2026_11'))") == 1


# ---- killed ----


@contextmanager
def somebody_holds(statement: str) -> Iterator[None]:
    """Another session in the middle of something, for which the importer has to wait."""
    parameters: dict[str, Any] = connection.get_connection_params()
    parameters = {k: v for k, v in parameters.items() if k in ("dbname", "host", "port", "user")}
    with psycopg.connect(**parameters) as other:
        other.execute(f"SET ROLE {tenancy.VENDOR}")
        other.execute(statement)
        yield
        other.rollback()


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT pg_advisory_xact_lock(hashtext('billing.figures'))",  # all lines copied
        "INSERT INTO billing_subaccount (provider, number, name)"
        " VALUES ('AWS', '111122223333', '')",
    ],
    ids=["after copying", "while storing"],
)
def test_an_import_that_is_killed_leaves_nothing(tmp_path: Path, statement: str) -> None:
    bill = tmp_path / "bill.csv"
    bill.write_bytes(focus_csv(*(charge(BilledCost=str(n)) for n in range(500))))
    before = sessions()
    with somebody_holds(statement), running(bill) as importer:
        wait_until(lambda: importer.poll() is None and somebody_waits())
    wait_until(lambda: sessions() == before)
    assert nothing_stored()
    assert deliver_alone(bill.read_bytes(), "bill.csv").file.lines == 500


@contextmanager
def running(bill: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The importer; killed with -9 at the end of the block."""
    name = connection.settings_dict["NAME"]
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "partnercenter.settings_test"}
    command = [sys.executable, "-c", IMPORTER, str(name), str(bill)]
    importer = subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment)
    try:
        yield importer
    finally:
        importer.kill()
        importer.wait()


def sessions() -> int:
    """How many sessions this test's database has."""
    return count("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")


def somebody_waits() -> bool:
    return bool(
        count(
            "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)"
            " WHERE datname = current_database() AND NOT granted"
        )
    )


def count(statement: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0]


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)
