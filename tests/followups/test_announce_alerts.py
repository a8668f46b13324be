from datetime import timedelta

import pytest

from activity.models import Notification
from followups.generation import announce, generate
from followups.models import Alert, GenerationRun, Rule
from tests.factories import NOW, TODAY, make_complete, make_customer, make_resource

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _complete(db):
    make_complete(day=TODAY, days=2)


def told():
    return {(n.member, n.params["total"]) for n in Notification.objects.select_related("member")}


def test_the_manager_is_told_once_with_the_number_of_each_class(cast):
    owing = make_customer(manager=cast.jing, arrears=1, disassociation_requested_on=TODAY)
    make_customer(manager=cast.jing, arrears=1)
    make_resource(customer=owing, expires_on=TODAY + timedelta(days=7))
    generate(TODAY, at=NOW)
    notice = Notification.objects.get()
    assert (notice.member, notice.kind) == (cast.jing, "alerts.raised")
    assert notice.params == {"day": "2026-11-20", "total": 4, "churn": 1, "resource": 3}


def test_each_owner_is_told_of_own_customers(cast):
    make_customer(manager=cast.jing, arrears=1)
    make_customer(manager=cast.other, arrears=1)
    make_customer(partner=cast.reseller, arrears=1)
    generate(TODAY, at=NOW)
    assert told() == {(cast.jing, 1), (cast.other, 1), (cast.yun, 1)}


def test_the_main_account_is_told_for_a_manager_who_left(cast):
    make_customer(manager=cast.jing, arrears=1)
    cast.jing.is_active = False
    cast.jing.save()
    generate(TODAY, at=NOW)
    assert told() == {(cast.yun, 1)}


def test_an_e_mail_waits_for_those_with_an_address(cast):
    cast.other.user.email, cast.other.user.phone = None, "13900000000"
    cast.other.user.save()
    make_customer(manager=cast.jing, arrears=1)
    make_customer(manager=cast.other, arrears=1)
    generate(TODAY, at=NOW)
    waits = dict(Notification.objects.values_list("member", "mail_state"))
    assert waits == {cast.jing.pk: "waiting", cast.other.pk: "none"}


def test_nobody_is_told_twice(cast):
    make_customer(manager=cast.jing, arrears=1)
    generate(TODAY, at=NOW)
    generate(TODAY, at=NOW + timedelta(hours=1))
    assert announce(at=NOW + timedelta(hours=2)) == 0
    assert Notification.objects.count() == 1


def test_what_a_killed_run_made_is_told_by_the_next(cast):
    make_customer(manager=cast.jing, arrears=1)
    generate(TODAY, at=NOW)
    Notification.objects.all().delete()
    GenerationRun.objects.update(announced_at=None)
    assert announce(at=NOW) == 1
    assert told() == {(cast.jing, 1)}


def test_rules_run_later_tell_of_their_own_alerts_only(cast):
    make_customer(manager=cast.jing, arrears=1, disassociation_requested_on=TODAY)
    generate(TODAY, rules=list(Rule.objects.filter(scenario="arrears")), at=NOW)
    generate(TODAY, at=NOW + timedelta(hours=1))
    assert [n.params["total"] for n in Notification.objects.order_by("pk")] == [1, 1]


def test_alerts_that_lapsed_before_anybody_was_told_are_not_told(cast):
    make_customer(manager=cast.jing, arrears=1)
    generate(TODAY, at=NOW)
    Notification.objects.all().delete()
    GenerationRun.objects.update(announced_at=None)
    Alert.objects.update(state="lapsed", lapsed_at=NOW)
    assert announce(at=NOW) == 0


def test_no_alert_is_no_notice(cast):
    make_customer(manager=cast.jing)
    generate(TODAY, at=NOW)
    assert not Notification.objects.exists()
