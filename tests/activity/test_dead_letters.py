"""What no attempt delivered: an operator sees it and sends it again."""

import pytest
from django.core.management import call_command

from activity.models import Activity, Notification
from activity.services import resend_mail
from core.refusals import Refused
from tests.factories import NOW, make_member

from .smtp import serving
from .test_send_mail import again, send, wait

pytestmark = pytest.mark.django_db
PAGE = "/admin/activity/notification/"


@pytest.fixture
def dead(settings) -> Notification:
    notification = wait(make_member(email="refused@example.com"))
    with serving(settings, RCPT="550 no such user"):
        send()
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    return again(notification)


def test_an_operator_finds_it_and_sends_it_again(dead, cast, sign_in):
    client = sign_in(cast.yunying)
    assert "今日新增 3 条客户预警" in client.get(f"{PAGE}?mail_state__exact=failed").text
    page = client.get(f"{PAGE}{dead.pk}/change/").text
    assert "SMTPRecipientsRefused 550" in page and "重新发送" in page
    client.post(f"{PAGE}{dead.pk}/do/resend/")
    assert (again(dead).mail_state, dead.mail_attempts, dead.mail_error) == ("waiting", 0, "")
    line = Activity.objects.get(verb="mail.requeued")
    assert (line.user, line.partner, line.subject_id) == (cast.yunying, None, dead.pk)


def test_all_that_it_told_goes_again(dead, cast):
    with_it = wait(dead.member, key="other")
    Notification.objects.filter(pk=with_it.pk).update(mail_state="failed", mail_with=dead.pk)
    resend_mail(again(with_it), by=cast.yunying, at=dead.created_at)
    assert send(dead.created_at) == 1
    assert {again(dead).mail_state, again(with_it).mail_state} == {"sent"}


def test_what_did_not_fail_is_not_sent_again(cast):
    with pytest.raises(Refused, match="没有发送失败"):
        resend_mail(wait(), by=cast.yunying, at=NOW)


def test_nobody_is_written_to_who_has_no_address_any_more(dead, cast):
    dead.member.user.email, dead.member.user.phone = None, "13900000000"
    dead.member.user.save()
    with pytest.raises(Refused, match="没有邮箱"):
        resend_mail(dead, by=cast.yunying, at=NOW)


def test_after_an_outage_one_command_sends_all_again(dead, capsys):
    gone = wait(make_member(is_active=False))
    Notification.objects.filter(pk=gone.pk).update(mail_state="failed")
    call_command("resend_mail")
    assert (again(dead).mail_state, again(gone).mail_state) == ("waiting", "failed")
    said = capsys.readouterr().out
    assert "已将 1 封邮件" in said and "1 封未放入" in said


@pytest.mark.parametrize("who", ["shen", "shenji"])
def test_reviewers_and_auditors_only_look(dead, cast, sign_in, who):
    client = sign_in(getattr(cast, who))
    assert "重新发送" not in client.get(f"{PAGE}{dead.pk}/change/").text
    assert client.post(f"{PAGE}{dead.pk}/do/resend/").status_code == 403
