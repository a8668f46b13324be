"""What becomes of a mail when a real server takes it, refuses it, keeps silent or is away."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from activity.letters import message_id
from activity.models import Notification
from activity.outbox import MOST_ATTEMPTS, WAITS
from tests.factories import NOW, make_member

from .smtp import serving
from .test_send_mail import again, send, wait

pytestmark = pytest.mark.django_db


def test_a_server_gets_text_and_html_under_the_message_id(settings):
    notification = wait()
    with serving(settings) as server:
        assert send() == 1
    (mail,) = server.received
    assert f"Message-ID: {message_id(notification)}" in mail
    assert "multipart/alternative" in mail and "text/plain" in mail and "text/html" in mail
    assert "Auto-Submitted: auto-generated" in mail


@pytest.mark.parametrize("code", [550, 551, 553])
def test_a_recipient_refused_for_good_is_a_dead_letter_at_once(settings, code):
    notification = wait()
    with serving(settings, RCPT=f"{code} no such user here"):
        assert send() == 0
    assert again(notification).mail_state == "failed"
    assert (notification.mail_attempts, notification.mail_next_at) == (1, None)
    assert notification.mail_error == f"SMTPRecipientsRefused {code}"


@pytest.mark.parametrize(
    "unwilling",
    [
        {"RCPT": "450 mailbox busy"},
        {"MAIL": "550 not from you"},
        {"DATA": "451 later"},
        {"AFTER": "554 no"},
        {"DATA": 1},
        {"AFTER": 1},
        {"EHLO": 0, "HELO": 0},
    ],
    ids=str,
)
def test_any_other_trouble_is_tried_again_later(settings, unwilling):
    notification = wait()
    with serving(settings, **unwilling):
        assert send() == 0
    assert again(notification).mail_state == "waiting"
    assert notification.mail_next_at == NOW + WAITS[0]
    with serving(settings) as server:
        assert send(NOW + WAITS[0]) == 1
    assert f"Message-ID: {message_id(notification)}" in server.received[0]


def test_one_address_that_is_refused_stops_no_other(settings):
    refused, fine = wait(make_member(email="refused@example.com")), wait()
    with serving(settings, RCPT=lambda line: "550 no" if b"refused@" in line else "250 ok"):
        assert send() == 1
    assert (again(refused).mail_state, again(fine).mail_state) == ("failed", "sent")


def test_a_server_that_is_away_ends_in_a_dead_letter_after_all_attempts(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    notification, at = wait(), NOW
    for pause in WAITS[:MOST_ATTEMPTS]:
        send(at)
        at += pause
    assert again(notification).mail_state == "failed"
    assert notification.mail_error == "ConnectionRefusedError"


# ---- the operators' test ----


def test_a_test_mail_goes_out_at_once(settings):
    out = StringIO()
    with serving(settings) as server:
        call_command("send_test_mail", "ops@example.com", stdout=out)
    assert "To: ops@example.com" in server.received[0]
    assert "已发往 ops@example.com" in out.getvalue()
    assert not Notification.objects.exists()


def test_a_test_mail_says_what_the_server_said(settings):
    with (
        serving(settings, RCPT="550 no such user"),
        pytest.raises(CommandError, match="no such user"),
    ):
        call_command("send_test_mail", "ops@example.com")


def test_a_test_mail_needs_an_address():
    with pytest.raises(CommandError, match="不是邮箱地址"):
        call_command("send_test_mail", "ops")
