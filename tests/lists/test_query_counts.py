"""Statements per list page: a baseline in a file, equal at 10 and at 100 rows, at most 12.

`UPDATE_QUERY_COUNTS=1 ./run test tests/lists/test_query_counts.py` writes the file anew.
"""

import json
import os
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.tenancy import VENDOR

from .conftest import LISTS

pytestmark = pytest.mark.django_db
BASELINE = Path(__file__).with_name("query_counts.json")
MOST = 12
# Only a test has these: its transaction is around the request's own, which goes back to it.
_OF_TESTS = ("SAVEPOINT", "RELEASE", f"SELECT set_config('role', '{VENDOR}'")


def statements(client, url: str) -> int:
    """Session, person, tenant and policy included."""
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url, {"size": 100}).status_code == 200
    return sum(not each["sql"].startswith(_OF_TESTS) for each in captured)


def baseline() -> dict[str, int]:
    return json.loads(BASELINE.read_text()) if BASELINE.exists() else {}


@pytest.mark.parametrize("name", LISTS)
def test_a_list_asks_the_same_of_ten_rows_and_of_a_hundred(cast, sign_in, name):
    listed = LISTS[name]
    client = sign_in(getattr(cast, listed.who))
    listed.fill(cast, 10)
    client.get(listed.url)  # what is looked up once in a process
    few = statements(client, listed.url)
    listed.fill(cast, 90)
    assert statements(client, listed.url) == few <= MOST
    if os.environ.get("UPDATE_QUERY_COUNTS"):
        known = baseline() | {name: few}
        BASELINE.write_text(json.dumps(known, indent=2, sort_keys=True, ensure_ascii=False) + "\n")
    assert baseline().get(name) == few, "look at the difference, then UPDATE_QUERY_COUNTS=1"
