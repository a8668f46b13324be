"""A notice whose cause is gone closes itself: it counts as read and says what became of it."""

from datetime import timedelta

import pytest

from activity.models import Notification
from activity.services import close_notices, notify
from customers.services import assign_customer
from followups.generation import close_followups, generate
from followups.models import Alert
from followups.rules import Handling
from followups.services import handle_alert
from partnercenter.navigation import Frame
from tests.factories import NOW, TODAY, make_complete, make_customer

pytestmark = pytest.mark.django_db
INBOX = "/activity/notifications/"
LATER = NOW + timedelta(hours=1)


def open_kinds(member) -> list[str]:
    rows = Notification.objects.filter(member=member, closed_at__isnull=True).order_by("pk")
    return list(rows.values_list("kind", flat=True))


def test_a_closed_one_counts_as_read_and_says_so(cast, sign_in, rf):
    notify([cast.jing], "job.done", key="k", cause="job:1", at=NOW, title="客户管理")
    assert close_notices("job:1", at=LATER) == 1
    request = rf.get("/")
    request.member = cast.jing
    assert Frame(request).unread == 0
    client = sign_in(cast.jing)
    assert "客户管理" not in client.get(INBOX).text
    assert "已失效" in client.get(f"{INBOX}?tab=read").text


def test_one_that_was_closed_is_not_closed_again(cast):
    notify([cast.jing], "job.done", key="k", cause="job:1", at=NOW)
    close_notices("job:1", at=NOW)
    assert close_notices("job:1", at=LATER) == 0
    assert Notification.objects.get().closed_at == NOW


def test_no_cause_closes_nothing(cast):
    notify([cast.jing], "job.failed", key="k", at=NOW)
    assert close_notices("", at=NOW) == 0


def test_a_customer_given_on_closes_what_the_former_manager_was_told(cast):
    customer = make_customer(partner=cast.reseller)
    assign_customer(customer, cast.jing, by=cast.yun, at=NOW)
    assert open_kinds(cast.jing) == ["customer.assigned"]
    assign_customer(customer, cast.other, by=cast.yun, at=LATER)
    assert open_kinds(cast.jing) == ["customer.taken_back"]
    assign_customer(customer, cast.jing, by=cast.yun, at=LATER + timedelta(hours=1))
    assert open_kinds(cast.jing) == ["customer.assigned"]
    assert open_kinds(cast.other) == ["customer.taken_back"]


# ---- alerts ----


@pytest.fixture
def alerts(cast) -> list[Alert]:
    """Two of one manager, told in one notice."""
    make_complete(day=TODAY, days=2)
    for _n in range(2):
        make_customer(manager=cast.jing, arrears=1)
    generate(TODAY, at=NOW)
    assert open_kinds(cast.jing) == ["alerts.raised"]
    return list(Alert.objects.order_by("pk"))


def handle(alert: Alert, by) -> None:
    handle_alert(alert, Handling(outcome="informed", note="已联系"), by=by, at=LATER)


def test_the_last_alert_handled_closes_the_notice(cast, alerts):
    handle(alerts[0], cast.jing)
    assert open_kinds(cast.jing) == ["alerts.raised"]
    handle(alerts[1], cast.jing)
    assert open_kinds(cast.jing) == []


def test_alerts_that_lapsed_close_the_notice(cast, alerts):
    for alert in alerts:
        alert.customer.arrears = 0
        alert.customer.save(update_fields=["arrears"])
    close_followups(at=LATER)
    assert open_kinds(cast.jing) == []


def test_as_long_as_one_alert_waits_the_notice_stays(cast, alerts):
    alerts[0].customer.arrears = 0
    alerts[0].customer.save(update_fields=["arrears"])
    close_followups(at=LATER)
    assert open_kinds(cast.jing) == ["alerts.raised"]


def test_alerts_that_are_somebody_elses_now_close_the_notice(cast, alerts):
    for alert in alerts:
        assign_customer(alert.customer, cast.other, by=cast.yun, at=LATER)
    close_followups(at=LATER)
    assert "alerts.raised" not in open_kinds(cast.jing)


def test_the_main_account_keeps_the_notice_of_what_nobody_else_has(cast):
    make_complete(day=TODAY, days=2)
    make_customer(partner=cast.reseller, arrears=1)
    generate(TODAY, at=NOW)
    close_followups(at=LATER)
    assert open_kinds(cast.yun) == ["alerts.raised"]
