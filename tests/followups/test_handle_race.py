"""Two people, two tabs, a double click: one record, and a sentence for the others."""

import pytest

from core import tenancy
from core.refusals import InvalidTransition
from followups.generation import close_followups, generate
from followups.models import Alert, AlertHandling, Rule
from followups.services import handle_alert
from tests.conftest import make_cast
from tests.factories import NOW, TODAY, make_alert, make_complete, make_customer
from tests.race import race

from .test_handle_alert import LOST, RENEWED

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_four_submits_at_once_one_is_kept():
    cast = make_cast()
    alert = make_alert(customer=make_customer(manager=cast.jing))

    def submit():
        with tenancy.tenant(cast.reseller.pk, user_id=cast.jing.user_id):
            return handle_alert(alert, LOST, by=cast.jing, at=NOW)

    results = race(submit)
    assert sum(isinstance(result, AlertHandling) for result in results) == 1
    assert sum(isinstance(result, InvalidTransition) for result in results) == 3
    assert AlertHandling.objects.count() == 1


def test_handling_while_the_alert_lapses_ends_one_way_or_the_other():
    """Generation replaces yesterday's alert, closing looks at it, the manager handles it."""
    cast = make_cast()
    customer = make_customer(manager=cast.jing, arrears=1)
    make_complete(day=TODAY, days=3)
    rules = list(Rule.objects.filter(scenario="arrears"))
    alert = make_alert(customer=customer, scenario="arrears", raised_on=TODAY)
    tomorrow = TODAY.replace(day=TODAY.day + 1)
    acts = iter(
        [
            lambda: handle_alert(alert, RENEWED, by=cast.jing, at=NOW),
            lambda: generate(tomorrow, rules=rules, at=NOW.replace(day=NOW.day + 1)),
            lambda: close_followups(at=NOW),
            lambda: generate(tomorrow, rules=rules, at=NOW.replace(day=NOW.day + 1)),
        ]
    )

    def act():
        with tenancy.vendor():
            return next(acts)()

    errors = [r for r in race(act) if isinstance(r, Exception)]
    assert all(isinstance(error, InvalidTransition) for error in errors)
    assert Alert.objects.filter(raised_on=tomorrow, state="pending").count() == 1
    alert.refresh_from_db()
    assert alert.state == ("lapsed" if errors else "handled")
