"""What the services keep is kept by the database too, from whoever writes around them."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from followups.models import Alert, AlertHandling, GenerationRun, Rule
from followups.services import change_rule
from tests.factories import (
    NOW,
    TODAY,
    make_alert,
    make_customer,
    make_handling,
    make_vendor_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def alert(cast):
    return make_alert(customer=make_customer(manager=cast.jing))


@contextmanager
def committed():
    """A transaction: what is asked at its end is asked."""
    with transaction.atomic(), connection.cursor() as cursor:
        yield
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


@contextmanager
def refused():
    with pytest.raises(IntegrityError, match="not handled as its record says"), committed():
        yield


def written(alert, by, **fields):
    """A handling alone, as somebody would write it who knows nothing of the alert's state."""
    said = {"outcome": "not_lost", "kept_reason": "seasonal", "note": "x", **fields}
    AlertHandling.objects.create(
        partner=alert.partner, alert=alert, handled_by=by, handled_at=NOW, **said
    )


def test_an_alert_is_not_handled_without_a_record(alert):
    with refused():
        Alert.objects.filter(pk=alert.pk).update(state="handled", handled_at=NOW)


def test_an_alert_is_not_raised_as_handled(cast, alert):
    alert.pk, alert.cause, alert.state, alert.handled_at = None, "other", "handled", NOW
    with refused():
        alert.save(force_insert=True)


@pytest.mark.parametrize("over", [{}, {"state": "lapsed", "lapsed_at": NOW}])
def test_a_record_is_not_written_for_an_alert_that_is_not_handled(cast, alert, over):
    if over:
        Alert.objects.filter(pk=alert.pk).update(**over)
    with refused():
        written(alert, cast.jing)


def test_a_handled_alert_does_not_wait_again(alert):
    with committed():
        make_handling(alert=alert)
    with refused():
        Alert.objects.filter(pk=alert.pk).update(state="pending", handled_at=None)


@pytest.mark.parametrize(
    ("scenario", "outcome"),
    [("spending_drop", "renewed"), ("spending_drop", "?"), ("arrears", "not_lost")],
)
def test_the_outcome_is_one_of_the_alerts_class(cast, scenario, outcome):
    alert = make_alert(customer=make_customer(manager=cast.jing), scenario=scenario)
    with refused():
        alert.mark_handled(at=NOW)
        written(alert, cast.jing, outcome=outcome)


def test_an_alert_with_its_record_is_handled(cast, alert):
    with committed():
        make_handling(alert=alert)
        make_alert(customer=alert.customer, scenario="arrears", state="handled")


# ---- written once ----


@pytest.fixture
def run():
    return GenerationRun.objects.create(
        rule=Rule.objects.get(scenario="arrears"),
        business_date=TODAY,
        state="done",
        started_at=NOW,
        finished_at=NOW,
    )


@pytest.mark.parametrize("change", [{"made": 1}, {"state": "failed"}, {"finished_at": NOW}])
def test_a_run_is_not_rewritten(run, change):
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        GenerationRun.objects.update(**change)


def test_a_run_is_stamped_when_it_was_announced(run):
    assert GenerationRun.objects.update(announced_at=NOW) == 1


@pytest.mark.parametrize("change", [{"parameters": {}}, {"is_enabled": False}, {"quiet_days": 2}])
def test_a_version_of_a_rule_is_not_rewritten(change):
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        Rule.objects.update(**change)


@pytest.mark.parametrize("model", [Rule, GenerationRun])
def test_rules_and_runs_are_not_deleted(run, model):
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"DELETE FROM {model._meta.db_table}")


def test_a_rule_still_gets_a_new_version():
    rule = Rule.objects.get(scenario="arrears")
    values = {"parameters": {}, "quiet_days": 2, "is_enabled": True}
    values["valid_from"] = TODAY + timedelta(days=1)
    assert change_rule(rule, **values, by=make_vendor_user(), at=NOW).version == 2
