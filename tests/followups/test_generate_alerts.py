from datetime import timedelta

import pytest

from core.refusals import Refused
from followups.generation import generate
from followups.models import Alert, GenerationRun, Rule, Scenario
from tests.factories import NOW, TODAY, make_complete, make_customer, make_daily

pytestmark = pytest.mark.django_db
YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture
def dropped(cast):
    """A customer who spent 100 a day for a month and 10 a day for a week."""
    customer = make_customer(manager=cast.jing)
    make_daily(customer=customer, day=YESTERDAY, days=7, cny=10)
    make_daily(customer=customer, day=YESTERDAY - timedelta(days=7), days=30, cny=100)
    make_complete(day=YESTERDAY)
    return customer


def test_a_customer_whose_spending_fell_gets_an_alert(dropped):
    results = generate(TODAY, at=NOW)
    alert = Alert.objects.get()
    assert (alert.customer, alert.scenario, alert.raised_on) == (dropped, "spending_drop", TODAY)
    assert alert.facts["recent_daily"] == "10.00"
    assert alert.facts["drop"] == 90
    assert {r.rule.scenario for r in results} == set(Scenario.values)
