"""An alert carries its customer's account manager: the database keeps the two equal."""

import pytest

from core import tenancy
from customers.services import assign_customer
from followups.generation import generate
from followups.models import Alert, Rule
from tests.conftest import make_cast
from tests.factories import (
    NOW,
    TODAY,
    make_alert,
    make_complete,
    make_customer,
    make_member,
)
from tests.race import race

db = pytest.mark.django_db


@db
def test_an_alert_takes_the_manager_of_its_customer(cast):
    assigned = make_alert(customer=make_customer(manager=cast.jing))
    unassigned = make_alert(customer=make_customer(partner=cast.yun.partner))
    assigned.refresh_from_db()
    assert assigned.account_manager == cast.jing
    assert Alert.objects.get(pk=unassigned.pk).account_manager is None


@db
def test_an_assignment_hands_all_alerts_of_the_customer_on(cast):
    customer = make_customer(manager=cast.jing)
    other = make_alert(customer=make_customer(manager=cast.jing))
    make_alert(customer=customer, scenario="arrears")
    make_alert(customer=customer, state="handled")
    assign_customer(customer, None, by=cast.yun, at=NOW)
    assert set(customer.alerts.values_list("account_manager", flat=True)) == {None}
    other.refresh_from_db()
    assert other.account_manager == cast.jing


@db
def test_nobody_writes_another_manager_than_the_customers(cast):
    alert = make_alert(customer=make_customer(manager=cast.jing))
    Alert.objects.filter(pk=alert.pk).update(account_manager=make_member(partner=cast.yun.partner))
    alert.refresh_from_db()
    assert alert.account_manager == cast.jing


@pytest.mark.django_db(transaction=True)
def test_assigning_while_alerts_are_raised_leaves_them_equal():
    """Some alerts are replaced, some new; customers are given and taken back meanwhile."""
    cast = make_cast()
    customers = [make_customer(manager=cast.jing, arrears=1) for _ in range(20)]
    for customer in customers[:10]:
        make_alert(customer=customer, scenario="arrears", raised_on=TODAY)
    make_complete(day=TODAY, days=3)
    rules = list(Rule.objects.filter(scenario="arrears"))
    tomorrow = {"business_date": TODAY.replace(day=TODAY.day + 1), "rules": rules}

    def take_back(some):
        for customer in some:
            with tenancy.tenant(cast.reseller.pk, user_id=cast.yun.user_id):
                assign_customer(customer, None, by=cast.yun, at=NOW)

    acts = iter(
        [
            lambda: generate(**tomorrow, at=NOW.replace(day=NOW.day + 1)),
            lambda: take_back(customers[::2]),
            lambda: take_back(customers[1::2]),
        ]
    )
    errors = [result for result in race(lambda: next(acts)(), 3) if result is not None]
    assert [e for e in errors if isinstance(e, Exception)] == []
    assert Alert.objects.filter(state="pending").count() == 20
    assert set(Alert.objects.values_list("account_manager", flat=True)) == {None}
