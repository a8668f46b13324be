"""Whatever the order of dates, repetitions and handlings: the table is what the model says."""

from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.models import Customer
from followups.generation import generate
from followups.models import Alert, Rule
from tests.factories import (
    NOW,
    TODAY,
    make_complete,
    make_customer,
    make_handling,
    make_partner,
    make_rule,
)

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@dataclass
class Modelled:
    customer: int
    raised_on: date
    state: str = "pending"


def model_generate(alerts: list[Modelled], owing: set[int], day: date, quiet: int) -> None:
    for customer in owing:
        own = [alert for alert in alerts if alert.customer == customer]
        if any(alert.raised_on == day for alert in own):
            continue  # the same cause
        if any(alert.raised_on > day - timedelta(days=quiet) for alert in own):
            continue  # still quiet, or a later date has spoken
        for alert in own:
            alert.state = "lapsed" if alert.state == "pending" else alert.state
        alerts.append(Modelled(customer, day))


def model_handle(alerts: list[Modelled], customer: int) -> None:
    for alert in alerts:
        if alert.customer == customer and alert.state == "pending":
            alert.state = "handled"


generations = st.tuples(
    st.just("generate"), st.integers(0, 6), st.sets(st.integers(0, 2), min_size=1)
)
handlings = st.tuples(st.just("handle"), st.integers(0, 2), st.none())


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(quiet=st.integers(1, 4), acts=st.lists(st.one_of(generations, handlings), max_size=8))
def test_alerts_are_those_of_the_model(quiet, acts):
    modelled: list[Modelled] = []
    with transaction.atomic():
        make_complete(day=TODAY, days=8)
        partner = make_partner()
        customers = [make_customer(partner=partner) for _ in range(3)]
        rule = make_rule(scenario="arrears", quiet_days=quiet)
        for act, number, owing in acts:
            if act == "handle":
                model_handle(modelled, number)
                own = Alert.objects.pending().filter(customer=customers[number])
                for alert in own:
                    make_handling(alert=alert)
            else:
                model_generate(modelled, owing, TODAY - timedelta(days=number), quiet)
                _generate(rule, partner, customers, owing, TODAY - timedelta(days=number))
        numbers = {customer.pk: n for n, customer in enumerate(customers)}
        stored = Alert.objects.values_list("customer", "raised_on", "state")
        assert sorted((numbers[c], on, state) for c, on, state in stored) == sorted(
            (alert.customer, alert.raised_on, alert.state) for alert in modelled
        )
        transaction.set_rollback(True)


def _generate(rule: Rule, partner, customers, owing: set[int], day: date) -> None:
    for number, customer in enumerate(customers):
        Customer.objects.filter(pk=customer.pk).update(arrears=number in owing)
    # For one partner, so that a date may be made again.
    generate(day, rules=[rule], partner=partner, at=NOW)
