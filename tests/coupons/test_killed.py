"""The drill in small: worker and PostgreSQL are killed with -9 while coupons are issued, reclaimed
and used. `./run bench coupons-drill` is the whole one.
"""

import pytest
from django.db import connection

from benchmarks.coupon_drill import drill
from benchmarks.killing import stack_of_its_own
from tests.conftest import make_cast
from tests.factories import make_customer
from tests.killing import copy_database

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "owner"]),
    pytest.mark.slow,
]


def test_what_was_acknowledged_is_there_once_and_every_yuan_is_somewhere():
    cast = make_cast()
    for _n in range(8):
        make_customer(partner=cast.distributor)
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
    with stack_of_its_own() as stack:
        copy_database(stack)
        with stack.entered():
            crowd = {"issuers": 4, "reclaimers": 2, "users": 3}
            found = drill(stack, cycles=2, say=lambda _said: None, crowd=crowd)
    assert found["kept"], found
    assert found["killed"] == {"web": 0, "worker": 2, "postgres": 2}
    assert found["counts"]["issued"] and found["coupons"] >= len(found["counts"])
