"""The drill in small: web, worker and PostgreSQL are killed with -9 in the middle of a batch.

`./run bench drill` is the whole one: 20 batches of 1,000.
"""

import pytest
from django.db import connection

from benchmarks.drill import drill
from benchmarks.killing import stack_of_its_own
from tests.conftest import make_cast
from tests.factories import make_customer
from tests.killing import copy_database

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "owner"]),
    pytest.mark.slow,
]
ROWS = 60


def test_each_row_is_done_once_or_reported():
    cast = make_cast()
    customers = [
        make_customer(partner=cast.reseller, association_type="resale") for _ in range(ROWS)
    ]
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
    with stack_of_its_own() as stack:
        copy_database(stack)
        with stack.entered():
            said = []
            pks = [customer.pk for customer in customers]
            victims = ("worker", "postgres")
            found = drill(stack, cast.yun, pks, cycles=1, say=said.append, victims=victims)
    assert found["kept"], found
    assert found["killed"] == {"web": 1, "worker": 1, "postgres": 1}
    assert (found["rows"], found["done"], found["reported"]) == (ROWS, ROWS - 10, 10)
