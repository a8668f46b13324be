"""The comparison of SQL and model can fail: it finds each fault that is put into the SQL."""

from contextlib import suppress

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, given, seed, settings

from core import tenancy
from followups import rules
from followups.generation import sql
from tests.factories import make_partner

from .reference import signs
from .worlds import PARAMETERS, store, worlds

pytestmark = pytest.mark.slow
FAULTS = {
    "half is no drop": ("spending_drop", "<= %(drop_ratio)s", "< %(drop_ratio)s"),
    "ten yuan are too few": ("spending_drop", "s.base >= %(min_daily)s", "s.base > %(min_daily)s"),
    "today counts": ("spending_drop", "d.day < %(day)s", "d.day <= %(day)s"),
    "enough days are too few": ("no_spending", "h.days >=", "h.days >"),
    "refunds are consumption": ("no_spending", "d.amount > 0", "d.amount <> 0"),
    "figures are days": ("no_spending", "d.day >= %(recent_from)s", "d.day > %(recent_from)s"),
    "half is not released": ("mass_release", "h.released >= %(share)s", "h.released > %(share)s"),
    "nothing is a release": ("mass_release", "AND h.released > 0", ""),
    "new resources dilute": ("mass_release", "r.created_on < %(from)s", "true"),
    "equal is falling": ("no_login", "< s.base * %(recent", "<= s.base * %(recent"),
    "a day less without login": ("no_login", "last_login_on <", "last_login_on <="),
    "requests of today wait": ("leaving", "requested_on <= %(day)s", "requested_on < %(day)s"),
    "accessories are main": ("expiring", "AND r.is_main", ""),
    "renewed by itself": ("expiring", "AND NOT r.auto_renew", ""),
    "just enough is too little": ("low_balance", "%(spend_days)s < ", "%(spend_days)s <= "),
    "grace is no arrears": ("arrears", "OR r.customer_id IS NOT NULL", ""),
    "who left stays": ("arrears", "c.disassociated_at IS NULL AND", ""),
    "who comes today counts": ("arrears", "c.associated_at < %(midnight)s", "true"),
}


class AllFound(Exception):
    """Further worlds would show nothing new."""


@pytest.fixture(scope="module")
def found(django_db_setup, django_db_blocker) -> set[str]:
    """The faults by which SQL and model disagree; each world is stored once for all of them."""
    known: set[str] = set()

    @seed(6)  # of six seeds the one by which all are found soonest: within 212 worlds
    @settings(
        max_examples=1500,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(world=worlds())
    def compare(world):
        with transaction.atomic():
            store(make_partner(), world[1])
            known.update(fault for fault in FAULTS.keys() - known if _disagrees(fault, *world))
            transaction.set_rollback(True)
        if known == FAULTS.keys():
            raise AllFound

    with django_db_blocker.unblock(), tenancy.vendor(), suppress(AllFound):
        compare()
    return known


@pytest.mark.parametrize("fault", FAULTS)
def test_the_fault_is_found(found, fault):
    assert fault in found


def _disagrees(fault, day, accounts) -> bool:
    scenario, right, wrong = FAULTS[fault]
    expected = signs(scenario, rules.parse(scenario, PARAMETERS[scenario]), accounts, day)
    return _found(scenario, day, right, wrong) != expected


def _found(scenario, day, right, wrong):
    query, values = sql.select(scenario, PARAMETERS[scenario], day, None)
    assert right in query  # the fault must be planted to be found
    query = query.replace(right, wrong)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT c.number, h.subject, h.cause FROM ({query}) h"
            " JOIN customers_customer c ON c.id = h.customer_id",
            values,
        )
        return set(cursor.fetchall())
