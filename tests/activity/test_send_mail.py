from datetime import timedelta

import pytest
from django.core import mail as outbox

from activity.letters import message_id
from activity.mail import send_waiting
from activity.models import AccountMail, Notification
from activity.outbox import MOST_ATTEMPTS, WAITS
from activity.services import mail_account, notify
from tests.factories import NOW, make_member
from tests.race import race

pytestmark = pytest.mark.django_db
SMTP = "django.core.mail.backends.smtp.EmailBackend"


def send(at=NOW) -> int:
    return send_waiting(now=lambda: at)


def wait(member=None, key="k", at=NOW) -> Notification:
    member = member or make_member()
    notify([member], "alerts.raised", key=key, at=at, day="2026-11-20", total=3,
           churn=1, resource=2)  # fmt: skip
    return Notification.objects.get(member=member, key=key)


def post(at=NOW, good_for=timedelta(minutes=10)) -> AccountMail:
    mail_account("jing@example.com", "验证码", "ABCD-EFGH", at=at, good_for=good_for)
    return AccountMail.objects.latest("pk")


def again(notification: Notification) -> Notification:
    notification.refresh_from_db()
    return notification


@pytest.fixture
def no_server(settings):
    """An address on which nobody listens."""
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = SMTP, "127.0.0.1", 9


def test_a_waiting_mail_is_sent_once():
    notification = wait()
    assert send() == 1
    assert send(NOW + timedelta(days=1)) == 0
    assert again(notification).mail_state == "sent"
    (message,) = outbox.outbox
    assert message.to == [notification.member.user.email]
    assert message.subject == "今日新增 3 条客户预警"
    assert "流失预警 1 条，资源预警 2 条" in message.body


def test_the_mail_links_to_the_page_when_the_address_of_the_site_is_known(settings):
    settings.PUBLIC_URL = "https://partner.example.com"
    wait()
    send()
    assert "https://partner.example.com/followups/" in outbox.outbox[0].body


def test_a_duplicate_is_recognised_by_its_message_id():
    one, two = wait(key="one"), wait(key="two")
    assert message_id(one) == message_id(again(one)) != message_id(two)
    send()
    assert outbox.outbox[0].extra_headers["Message-ID"] == message_id(one)


def test_what_is_not_due_waits():
    wait(at=NOW + timedelta(minutes=1))
    assert send() == 0


def test_without_a_server_everything_waits_for_the_next_attempt(no_server):
    notifications = [wait(), wait()]
    assert send() == 0
    assert [again(each).mail_state for each in notifications] == ["waiting", "waiting"]
    assert [each.mail_next_at for each in notifications] == [NOW + WAITS[0], NOW]


def test_when_the_server_is_back_the_mail_goes_out(no_server, settings):
    notification = wait()
    send()
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert send(NOW + WAITS[0]) == 1
    assert again(notification).mail_attempts == 2


def test_after_the_last_attempt_it_failed(no_server):
    notification, at = wait(), NOW
    for attempt in range(MOST_ATTEMPTS):
        assert again(notification).mail_state == "waiting"
        send(at)
        at += WAITS[attempt]
    assert again(notification).mail_state == "failed"
    assert notification.mail_attempts == MOST_ATTEMPTS


def test_a_worker_killed_at_the_last_attempt_leaves_no_mail_waiting_for_ever():
    notification = wait()
    Notification.objects.update(mail_attempts=MOST_ATTEMPTS)
    assert send() == 0
    assert again(notification).mail_state == "failed"


@pytest.mark.parametrize("gone", ["address", "member", "user"])
def test_who_cannot_be_written_to_any_more_is_not(gone):
    notification = wait()
    member, user = notification.member, notification.member.user
    if gone == "address":
        user.email, user.phone = None, "13900000000"
    elif gone == "user":
        user.is_active = False
    else:
        member.is_active = False
    member.save()
    user.save()
    assert send() == 0
    assert again(notification).mail_state == "none"


# ---- about accounts ----


def test_a_mail_about_an_account_is_sent_and_nothing_of_it_stays():
    identity = message_id(post())
    assert send() == 1
    assert not AccountMail.objects.exists()
    (message,) = outbox.outbox
    assert (message.to, message.subject) == (["jing@example.com"], "验证码")
    assert message.body == "ABCD-EFGH"
    assert message.extra_headers["Message-ID"] == identity


def test_a_code_is_tried_three_times_while_it_is_good(no_server):
    mail, at = post(), NOW
    for wait_for in WAITS[:2]:
        send(at)
        at += wait_for
    send(at)
    mail.refresh_from_db()
    assert mail.mail_attempts == 3
    assert at < mail.good_until


def test_a_code_that_ran_out_is_forgotten_and_not_sent():
    post()
    assert send(NOW + timedelta(minutes=10)) == 0
    assert not AccountMail.objects.exists()


def test_what_nobody_could_deliver_is_forgotten_with_the_last_attempt(no_server):
    post(good_for=timedelta(days=2))
    AccountMail.objects.update(mail_attempts=MOST_ATTEMPTS - 1)
    send()
    assert not AccountMail.objects.exists()


def test_a_code_goes_before_older_notices():
    for number in range(30):
        wait(key=str(number), at=NOW - timedelta(hours=1))
    post()
    send()
    assert outbox.outbox[0].body == "ABCD-EFGH"


# ---- several workers ----


@pytest.mark.django_db(transaction=True)
def test_four_workers_at_once_send_each_mail_once():
    for number in range(60):
        wait(key=str(number))
    assert sum(race(send)) == 60
    assert len({m.extra_headers["Message-ID"] for m in outbox.outbox}) == len(outbox.outbox) == 60
