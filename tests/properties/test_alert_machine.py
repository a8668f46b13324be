"""An alert's life beside a plain model of it: raised, handled, lapsed, while its customer changes
hands, pays, owes and leaves. After every step the database says what the model says.
"""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from activity.models import Activity
from core.refusals import InvalidTransition, NotAllowed, Refused
from customers.services import assign_customer
from followups.generation import close_followups
from followups.models import Alert, AlertHandling, Scenario
from followups.rules import Handling
from followups.services import handle_alert
from org.services.members import activate_member, deactivate_member
from tests.conftest import make_cast
from tests.factories import NOW, make_alert, make_customer

MANAGERS = ("jing", "other")
PEOPLE = ("yun", "zhuguan", "cai", "pang", *MANAGERS)
SAID = Handling(outcome="informed", note="已联系客户")


class AlertMachine(RuleBasedStateMachine):
    """One customer in arrears. `states` and the attributes below it are the model."""

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.cast = make_cast()
        self.customer = make_customer(manager=self.cast.jing, arrears=100)
        self.at = NOW
        self.alerts: list[Alert] = []
        self.states: list[str] = []
        self.manager: str | None = "jing"
        self.away: set[str] = set()
        self.owes, self.left, self.acts = True, False, 0

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    @property
    def owner(self) -> str:
        """Who alone may handle."""
        acting = self.manager and self.manager not in self.away
        return self.manager if acting else "yun"

    def later(self):
        self.at += timedelta(minutes=1)
        return self.at

    # ---- what happens ----

    @rule()
    def is_raised(self) -> None:
        if "pending" in self.states:
            with pytest.raises(IntegrityError), transaction.atomic():
                self._make()
            return
        self.alerts.append(self._make())
        self.states.append("pending")

    def _make(self) -> Alert:
        return make_alert(customer=self.customer, scenario=Scenario.ARREARS, raised_at=self.later())

    @rule(by=st.sampled_from(PEOPLE), which=st.integers(0, 3))
    def is_handled(self, by: str, which: int) -> None:
        if which >= len(self.alerts) or by in self.away:
            return
        alert, member = self.alerts[which], getattr(self.cast, by)
        expected = self._refusal(by, which)
        try:
            handle_alert(alert, SAID, by=member, at=self.later())
        except Refused as refusal:
            assert type(refusal) is expected, refusal
            return
        assert expected is None
        self.states[which] = "handled"
        self.acts += 1

    def _refusal(self, by: str, which: int) -> type[Refused] | None:
        if by != self.owner:
            return NotAllowed
        return InvalidTransition if self.left or self.states[which] != "pending" else None

    @rule()
    def night_falls(self) -> None:
        lapses = self.left or not self.owes
        assert close_followups(at=self.later()) == (self.states.count("pending") if lapses else 0)
        if lapses:
            self.states = ["lapsed" if s == "pending" else s for s in self.states]

    @rule(to=st.sampled_from([None, *MANAGERS]))
    def is_assigned(self, to: str | None) -> None:
        member = getattr(self.cast, to) if to else None
        refused = self.left or to in self.away or to == self.manager
        try:
            assign_customer(self.customer, member, by=self.cast.yun, at=self.later())
        except Refused:
            assert refused
            return
        assert not refused
        self.manager = to
        self.acts += 1

    @rule(who=st.sampled_from(MANAGERS))
    def goes_or_comes_back(self, who: str) -> None:
        act = activate_member if who in self.away else deactivate_member
        setattr(self.cast, who, act(getattr(self.cast, who), by=self.cast.yun, at=self.later()))
        self.away ^= {who}

    @rule(owes=st.booleans())
    def pays_or_owes(self, owes: bool) -> None:
        self.owes = owes
        type(self.customer).objects.filter(pk=self.customer.pk).update(arrears=100 * owes)

    @rule()
    def leaves(self) -> None:
        self.customer.refresh_from_db()
        try:
            self.customer.mark_disassociated(at=self.later())
        except InvalidTransition:
            assert self.left
        self.left, self.manager = True, None

    # ---- what is always so ----

    @invariant()
    def the_states_are_the_models(self) -> None:
        stored = Alert.objects.filter(customer=self.customer).order_by("pk")
        assert [alert.state for alert in stored] == self.states
        assert self.states.count("pending") <= 1
        handled = AlertHandling.objects.filter(alert__customer=self.customer)
        assert handled.count() == self.states.count("handled")

    @invariant()
    def an_alert_knows_its_customers_manager(self) -> None:
        manager = getattr(self.cast, self.manager).pk if self.manager else None
        stored = Alert.objects.filter(customer=self.customer)
        assert {alert.account_manager_id for alert in stored} <= {manager}

    @invariant()
    def it_waits_in_one_queue(self) -> None:
        queues = {name for name in PEOPLE if self._queue(name) and name not in self.away}
        assert queues == ({self.owner} if self.alerts else set())

    def _queue(self, name: str) -> int:
        member = getattr(self.cast, name)
        return Alert.objects.owned_by(member).filter(customer=self.customer).count()

    @invariant()
    def who_sees_it_is_the_models(self) -> None:
        jings, number = self.manager == "jing", len(self.alerts)
        sees = {"yun": True, "jing": jings, "zhuguan": jings, "other": self.manager == "other"}
        for name, visible in (sees | {"pang": False}).items():
            rows = Alert.objects.visible_to(getattr(self.cast, name))
            assert rows.filter(customer=self.customer).count() == number * visible, name

    @invariant()
    def every_act_is_in_the_log_once(self) -> None:
        about = Activity.objects.filter(customer_id=self.customer.pk)
        assert about.count() == self.acts


@pytest.mark.django_db
def test_an_alert_lives_as_the_model_says():
    run_state_machine_as_test(
        AlertMachine,
        settings=settings(
            max_examples=20,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
