from datetime import timedelta
from decimal import Decimal

import pytest

from followups.generation import close_followups, generate
from followups.models import Alert
from tests.factories import (
    NOW,
    TODAY,
    make_alert,
    make_complete,
    make_customer,
    make_daily,
    make_resource,
)

pytestmark = pytest.mark.django_db
YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture
def expiring():
    """A resource that ends in a week, and the alert about it."""
    make_complete(day=YESTERDAY)
    resource = make_resource(customer=make_customer(), expires_on=TODAY + timedelta(days=7))
    generate(TODAY, at=NOW)
    assert Alert.objects.get().scenario == "expiring"
    return resource


def closed() -> bool:
    close_followups(at=NOW)
    return Alert.objects.get().state == "lapsed"


def test_alerts_of_a_customer_who_left_lapse():
    alert = make_alert(customer=make_customer(disassociated_at=NOW))
    assert close_followups(at=NOW) == 1
    alert.refresh_from_db()
    assert (alert.state, alert.lapsed_at) == ("lapsed", NOW)


def test_alerts_of_a_customer_who_stays_stay(expiring):
    assert not closed()


@pytest.mark.parametrize(
    "changed",
    [
        {"expires_on": TODAY + timedelta(days=372)},
        {"auto_renew": True},
        {"state": "released", "released_on": TODAY},
    ],
)
def test_a_resource_that_was_renewed_or_released_needs_no_answer(expiring, changed):
    for name, value in changed.items():
        setattr(expiring, name, value)
    expiring.save()
    assert closed()


def test_a_resource_that_ran_into_grace_still_needs_one(expiring):
    expiring.state = "grace"
    expiring.save()
    assert not closed()


@pytest.mark.parametrize(
    ("arrears", "state", "gone"), [(0, "active", True), (1, "active", False), (0, "grace", False)]
)
def test_arrears_are_over_when_nothing_is_owed_or_in_grace(arrears, state, gone):
    make_complete(day=YESTERDAY)
    customer = make_customer(arrears=5)
    generate(TODAY, at=NOW)
    customer.arrears = arrears
    customer.save()
    make_resource(customer=customer, state=state)
    assert closed() is gone


@pytest.mark.parametrize(("available", "gone"), [("70", True), ("69.99", False), (None, True)])
def test_a_balance_that_was_restored_closes_its_alert(available, gone):
    make_complete(day=YESTERDAY)
    customer = make_customer(association_type="resale", available_amount=Decimal(5))
    make_daily(customer=customer, day=YESTERDAY, days=7, cny=10)
    generate(TODAY, at=NOW)
    customer.available_amount = Decimal(available) if available else None
    customer.save()
    assert closed() is gone


def test_a_balance_a_fraction_short_is_not_taken_for_restored():
    make_complete(day=YESTERDAY)
    customer = make_customer(association_type="resale", available_amount=Decimal("10.00"))
    make_daily(customer=customer, day=YESTERDAY, cny="10.003")
    generate(TODAY, at=NOW)
    assert not closed()


@pytest.mark.parametrize(("requested", "gone"), [(None, True), (YESTERDAY, False)])
def test_a_request_that_was_withdrawn_closes_its_alert(requested, gone):
    make_complete(day=YESTERDAY)
    customer = make_customer(disassociation_requested_on=YESTERDAY)
    generate(TODAY, at=NOW)
    customer.disassociation_requested_on = requested
    customer.save()
    assert closed() is gone


def test_a_handled_alert_is_left_alone():
    make_alert(customer=make_customer(disassociated_at=NOW), state="handled")
    assert close_followups(at=NOW) == 0


def test_closing_twice_changes_nothing():
    make_alert(customer=make_customer(disassociated_at=NOW))
    close_followups(at=NOW)
    assert close_followups(at=NOW + timedelta(hours=1)) == 0
    assert Alert.objects.get().lapsed_at == NOW
