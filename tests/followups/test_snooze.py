"""稍后处理: an alert put aside until a day, or until the figures behind it change."""

from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction

from activity.models import Activity, Notification
from billing.models import Resource
from core.refusals import InvalidTransition, NotAllowed, Refused
from customers.models import Customer
from customers.services import assign_customer
from followups.generation import close_followups
from followups.models import Alert
from followups.rules import Handling
from followups.services import handle_alert, resume_alert, snooze_alert
from followups.snoozing import wake_alerts
from tests.factories import (
    NOW,
    TODAY,
    make_alert,
    make_customer,
    make_daily,
    make_resource,
)

pytestmark = pytest.mark.django_db
ONE_DAY = timedelta(days=1)
NEXT_WEEK = TODAY + timedelta(days=7)
NIGHT = NOW + ONE_DAY


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def customer(cast):
    return make_customer(manager=cast.jing, arrears=100)


@pytest.fixture
def alert(customer):
    return make_alert(customer=customer, scenario="arrears")


def waiting(alert):
    return Alert.objects.pending().filter(pk=alert.pk).exists()


# ---- until a day ----


def test_what_is_put_aside_does_not_wait_and_is_still_pending(cast, alert):
    snooze_alert(alert, NEXT_WEEK, by=cast.jing, at=NOW)
    alert.refresh_from_db()
    assert (alert.state, alert.snoozed_until) == ("pending", NEXT_WEEK)
    assert not waiting(alert)
    assert not Alert.objects.pending().counted([alert.customer_id])


def test_it_comes_back_on_its_day_and_the_owner_is_told_once(cast, alert):
    snooze_alert(alert, NEXT_WEEK, by=cast.jing, at=NOW)
    assert wake_alerts(at=NOW + timedelta(days=6)) == 0
    assert wake_alerts(at=NOW + timedelta(days=7)) == 1
    assert waiting(alert)
    assert wake_alerts(at=NOW + timedelta(days=7, minutes=30)) == 0
    told = Notification.objects.get(kind="alerts.back")
    assert (told.member, told.params) == (cast.jing, {"total": 1})
    assert Activity.objects.filter(verb="alert.woken", subject_id=alert.pk).count() == 1


def test_whoever_owns_the_customer_by_then_is_told(cast, alert):
    snooze_alert(alert, NEXT_WEEK, by=cast.jing, at=NOW)
    assign_customer(alert.customer, None, by=cast.yun, at=NOW)
    wake_alerts(at=NOW + timedelta(days=7))
    assert Notification.objects.get(kind="alerts.back").member == cast.yun


@pytest.mark.parametrize("days", [-1, 0, 31])
def test_a_day_is_one_of_the_next_thirty(cast, alert, days):
    with pytest.raises(Refused, match="2026-11-21 至 2026-12-20"):
        snooze_alert(alert, TODAY + timedelta(days=days), by=cast.jing, at=NOW)


@pytest.mark.parametrize("who", ["yun", "zhuguan", "other", "cai"])
def test_only_the_sole_owner_puts_aside(cast, alert, who):
    with pytest.raises(NotAllowed):
        snooze_alert(alert, NEXT_WEEK, by=getattr(cast, who), at=NOW)


@pytest.mark.parametrize("state", ["handled", "lapsed"])
def test_what_is_handled_or_lapsed_is_not_put_aside(cast, customer, state):
    lapsed_at = NOW if state == "lapsed" else None
    alert = make_alert(customer=customer, scenario="arrears", state=state, lapsed_at=lapsed_at)
    with pytest.raises(InvalidTransition):
        snooze_alert(alert, NEXT_WEEK, by=cast.jing, at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Alert.objects.filter(pk=alert.pk).update(snoozed_until=NEXT_WEEK)


def test_the_owner_takes_it_up_before_its_day(cast, alert):
    snooze_alert(alert, NEXT_WEEK, by=cast.jing, at=NOW)
    resume_alert(alert, by=cast.jing, at=NOW)
    assert waiting(alert)
    with pytest.raises(InvalidTransition, match="未暂缓"):
        resume_alert(alert, by=cast.jing, at=NOW)


def test_each_step_is_recorded_with_the_day(cast, alert):
    snooze_alert(alert, NEXT_WEEK, by=cast.jing, at=NOW)
    resume_alert(alert, by=cast.jing, at=NOW)
    snoozed, resumed = Activity.objects.filter(subject_id=alert.pk).order_by("pk")
    day = {"until": NEXT_WEEK.isoformat(), "or_change": False}
    assert (snoozed.verb, snoozed.before, snoozed.after) == ("alert.snoozed", {}, day)
    assert (resumed.verb, resumed.before) == ("alert.resumed", day)


def test_what_is_put_aside_can_be_handled(cast, alert):
    snooze_alert(alert, NEXT_WEEK, by=cast.jing, at=NOW)
    handle_alert(alert, Handling(outcome="informed", note="已联系"), by=cast.jing, at=NOW)
    alert.refresh_from_db()
    assert (alert.state, alert.snoozed_until) == ("handled", None)


def test_what_is_put_aside_lapses_with_its_cause(cast, alert):
    snooze_alert(alert, NEXT_WEEK, by=cast.jing, at=NOW)
    Customer.objects.filter(pk=alert.customer_id).update(arrears=0)
    assert close_followups(at=NIGHT) == 1
    alert.refresh_from_db()
    assert (alert.state, alert.snoozed_until) == ("lapsed", None)


# ---- until something changes ----


def _owes_more(customer):
    Customer.objects.filter(pk=customer.pk).update(arrears=200)


def _has_less(customer):
    Customer.objects.filter(pk=customer.pk).update(association_type="resale", available_amount=5)


def _asks_again(customer):
    Customer.objects.filter(pk=customer.pk).update(disassociation_requested_on=TODAY)


def _consumes(customer):
    make_daily(customer=customer, day=TODAY, cny=5)


def _renews(customer):
    Resource.objects.update(expires_on=TODAY + timedelta(days=90))


def _releases(customer):
    Resource.objects.update(state="released", released_on=TODAY)


EVENTS = {
    "arrears": _owes_more,
    "low_balance": _has_less,
    "leaving": _asks_again,
    "spending_drop": _consumes,
    "no_spending": _consumes,
    "no_login": _consumes,
    "mass_release": _releases,
    "expiring": _renews,
}


@pytest.mark.parametrize("scenario", EVENTS)
def test_it_comes_back_when_its_figures_change_and_not_before(cast, customer, scenario):
    make_resource(customer=customer, number="res", expires_on=NEXT_WEEK)
    make_daily(customer=customer, day=TODAY - ONE_DAY)
    alert = make_alert(customer=customer, scenario=scenario, subject="res")
    snooze_alert(alert, None, by=cast.jing, at=NOW)
    assert wake_alerts(at=NIGHT) == 0
    EVENTS[scenario](customer)
    assert wake_alerts(at=NIGHT) == 1
    assert waiting(alert)


def test_it_waits_for_a_change_thirty_days_at_most(cast, alert):
    snooze_alert(alert, None, by=cast.jing, at=NOW)
    assert wake_alerts(at=NOW + timedelta(days=29)) == 0
    assert wake_alerts(at=NOW + timedelta(days=30)) == 1


def test_until_a_day_no_change_brings_it_back(cast, alert):
    snooze_alert(alert, NEXT_WEEK, by=cast.jing, at=NOW)
    _owes_more(alert.customer)
    assert wake_alerts(at=NIGHT) == 0


# ---- on screen ----


def test_the_owner_puts_aside_and_takes_up_from_the_alert(cast, alert, sign_in):
    client, path = sign_in(cast.jing), f"/followups/alerts/{alert.pk}/"
    answer = client.post(f"{path}snooze/", {"how": "date", "until": NEXT_WEEK.isoformat()})
    assert answer.status_code == 302
    row = f'id="row-{alert.pk}"'
    assert row not in client.get("/followups/handle/").content.decode()
    put_aside = client.get("/followups/handle/?tab=snoozed").content.decode()
    assert row in put_aside and "已暂缓" in put_aside and "至 2026-11-27" in put_aside
    page = client.get(path).content.decode()
    assert "2026-11-27 恢复" in page and "暂缓客户预警" in page
    client.post(f"{path}resume/")
    assert row in client.get("/followups/handle/").content.decode()


def test_a_day_that_is_none_is_said_beside_the_field(cast, alert, sign_in):
    path = f"/followups/alerts/{alert.pk}/snooze/"
    client = sign_in(cast.jing)
    for until in ("", "2026-11-20", "x"):
        answer = client.post(path, {"how": "date", "until": until})
        assert answer.status_code == 422, until
    assert client.post(path, {"how": "change", "until": ""}).status_code == 302
    alert.refresh_from_db()
    assert alert.snoozed_figure and alert.snoozed_until == TODAY + timedelta(days=30)


def test_from_the_drawer_it_closes_and_the_list_asks_again(cast, alert, sign_in):
    path, sent = f"/followups/alerts/{alert.pk}/snooze/", {"how": "change"}
    answer = sign_in(cast.jing).post(path, sent, headers={"HX-Request": "true"})
    assert answer.status_code == 204 and "alerts-changed" in answer["HX-Trigger"]
