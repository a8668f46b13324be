"""The comparison of SQL and model can fail: it finds each fault that is put into the SQL."""

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, given, settings

from followups import rules
from followups.generation import sql
from tests.factories import make_partner

from .reference import signs
from .worlds import PARAMETERS, store, worlds

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
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


@pytest.mark.parametrize("fault", FAULTS)
def test_the_fault_is_found(fault):
    scenario, right, wrong = FAULTS[fault]

    @settings(
        max_examples=400,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(world=worlds())
    def compare(world):
        day, accounts = world
        with transaction.atomic():
            store(make_partner(), accounts)
            expected = signs(scenario, rules.parse(scenario, PARAMETERS[scenario]), accounts, day)
            found = _found(scenario, day, right, wrong)
            transaction.set_rollback(True)
        assert found == expected

    with pytest.raises(AssertionError):
        compare()


def _found(scenario, day, right, wrong):
    query, values = sql.select(scenario, PARAMETERS[scenario], day, None)
    if right not in query:
        raise LookupError(right)  # no AssertionError: the fault must be planted to be found
    query = query.replace(right, wrong)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT c.number, h.subject, h.cause FROM ({query}) h"
            " JOIN customers_customer c ON c.id = h.customer_id",
            values,
        )
        return set(cursor.fetchall())
