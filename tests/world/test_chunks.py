"""The same seed, the same world: whatever the process, and wherever a chunk is made."""

import hashlib
import os
import subprocess
import sys
from collections import Counter
from datetime import date

import pytest

from partnercenter.world import people
from partnercenter.world.chunks import CHUNK, Maker, starts
from partnercenter.world.plan import Spec

SERVICES = list(range(101, 113))
SPEC = Spec(9, 12, 3 * CHUNK, date(2026, 9, 20), date(2026, 11, 22))

_DIGEST = f"""
from datetime import date
from tests.world.test_chunks import *
print(digest(Spec(9, 12, {3 * CHUNK}, date(2026, 9, 20), date(2026, 11, 22)), {CHUNK + 1}))
"""


def digest(spec: Spec, start: int) -> str:
    maker, made = Maker(spec, SERVICES), hashlib.sha256()
    for table, text in sorted(maker.make(start).tables.items()):
        made.update(table.encode() + text)
    for table, rows in people.rows(maker.plan).items():
        made.update(table.encode() + rows.encode())
    return made.hexdigest()


@pytest.fixture(scope="module")
def world() -> dict[str, list[list[str]]]:
    """All rows of the spec by table, as lists of fields."""
    maker = Maker(SPEC, SERVICES)
    tables: dict[str, list[list[str]]] = {}
    for start in starts(SPEC):
        for table, text in maker.make(start).tables.items():
            rows = [line.split("\t") for line in text.decode().splitlines()]
            tables.setdefault(table, []).extend(rows)
    return tables


def test_another_process_with_another_hash_seed_makes_the_same_rows():
    environment = os.environ | {"PYTHONHASHSEED": "12345", "PYTHONPATH": "."}
    done = subprocess.run(
        [sys.executable, "-c", _DIGEST], env=environment, capture_output=True, text=True
    )
    assert done.stdout.strip() == digest(SPEC, CHUNK + 1), done.stderr


def test_a_chunk_does_not_depend_on_what_was_made_before():
    used, fresh = Maker(SPEC, SERVICES), Maker(SPEC, SERVICES)
    used.make(1)
    assert used.make(CHUNK + 1) == fresh.make(CHUNK + 1)


@pytest.mark.parametrize(
    "other",
    [
        Spec(10, 12, SPEC.customers, SPEC.first_day, SPEC.until),
        Spec(9, 12, SPEC.customers, SPEC.first_day, date(2026, 11, 21)),
    ],
)
def test_another_seed_or_day_makes_other_rows(other):
    assert digest(other, 1) != digest(SPEC, 1)


def test_no_two_customers_share_a_number_unless_it_is_one_cloud_account(world):
    numbers = Counter(row[1] for row in world["customers_cloudaccount"])
    assert max(numbers.values()) == 1
    accounts = {row[0]: row[1] for row in world["customers_cloudaccount"]}
    assert all(accounts[row[2]] == row[3] for row in world["customers_customer"])


def test_no_two_cloud_accounts_share_a_phone_or_credit_code(world):
    for column in (6, 8):
        values = {(row[2], row[column]) for row in world["customers_customer"] if row[column]}
        assert len({value for _, value in values}) == len(values)


def test_a_cloud_account_belongs_to_one_partner_at_a_time(world):
    by_account: dict[str, list[list[str]]] = {}
    for row in world["customers_customer"]:
        by_account.setdefault(row[2], []).append(row)
    returned = [rows for rows in by_account.values() if len(rows) > 1]
    assert len(returned) > 20
    for before, after in returned:
        assert before[15] != "\\N" and before[15] <= after[14]


def test_monthly_figures_are_the_daily_ones_added_up(world):
    monthly = Counter()
    for table, rows in world.items():
        if table.startswith("billing_dailyconsumption"):
            for _, customer, day, service, _, amount, _ in rows:
                monthly[customer, day[:7], service] += fen(amount)
    told = {
        (row[1], row[2][:7], row[3]): fen(row[5]) for row in world["billing_monthlyconsumption"]
    }
    assert told == monthly


def test_every_amount_of_a_day_is_above_nothing(world):
    daily = [rows for table, rows in world.items() if table.startswith("billing_daily")]
    assert all(fen(row[5]) > 0 for rows in daily for row in rows)


def fen(amount: str) -> int:
    assert amount.endswith("e-2")
    return int(amount[:-3])
