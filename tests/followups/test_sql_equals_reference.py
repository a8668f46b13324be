"""The SELECT of each scenario and its plain Python model find the same customers, always."""

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings

from followups import rules
from followups.generation import sql
from tests.factories import make_partner

from .reference import signs
from .worlds import PARAMETERS, store, worlds

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
EXAMPLES = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def selected(scenario, day, partner_id=None):
    query, values = sql.select(scenario, PARAMETERS[scenario], day, partner_id)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT c.number, h.subject, h.cause FROM ({query}) h"
            " JOIN customers_customer c ON c.id = h.customer_id",
            values,
        )
        rows = cursor.fetchall()
    assert len(rows) == len(set(rows)), "one row for a sign"
    return set(rows)


@EXAMPLES
@given(world=worlds())
def test_every_scenario_finds_whom_its_model_finds(world):
    day, accounts = world
    with transaction.atomic():
        partner, stranger = make_partner(), make_partner()
        store(partner, accounts)
        for scenario, raw in PARAMETERS.items():
            expected = signs(scenario, rules.parse(scenario, raw), accounts, day)
            assert selected(scenario, day) == expected, scenario
            assert selected(scenario, day, partner.pk) == expected, scenario
            assert selected(scenario, day, stranger.pk) == set(), scenario
        transaction.set_rollback(True)
