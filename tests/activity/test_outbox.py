"""Which e-mail a member gets, and when: what was chosen, quiet hours, digest, bounds, closing."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail as outbox

from activity import outbox as ours
from activity.letters import MOST_TOLD, message_id
from activity.models import NoticeSettings, Notification
from activity.outbox import WAITS, claim
from activity.rules import MOST_AN_HOUR
from activity.services import close_notices, notify
from org.models import Member
from tests.factories import NOW, make_member
from tests.race import race

from .test_send_mail import again, send

pytestmark = pytest.mark.django_db
KIND, OTHER = "customer.assigned", "customer.taken_back"
_keys = iter(range(10_000))


def beijing(hour: int, minute: int = 0, day: int = 20) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC) - timedelta(hours=8)


def tell(member: Member, kind: str = KIND, at: datetime = NOW, cause: str = "") -> Notification:
    key = f"{kind}:{next(_keys)}"
    notify([member], kind, key=key, at=at, cause=cause, customer=7)
    return Notification.objects.get(member=member, key=key)


def wanting(mail: str = "now", **chosen) -> Member:
    """A member who chose `mail` for what is told here."""
    member = make_member()
    NoticeSettings.objects.create(
        partner_id=member.partner_id, member=member, mail={KIND: mail, OTHER: mail}, **chosen
    )
    return member


def subjects() -> list[str]:
    return [message.subject for message in outbox.outbox]


# ---- what was chosen ----


def test_who_chose_nothing_gets_the_mails_that_are_the_default():
    member = make_member()
    off, on = tell(member, KIND), tell(member, "alerts.raised")
    assert send() == 1
    assert (again(off).mail_state, again(on).mail_state) == ("none", "sent")
    assert not NoticeSettings.objects.exists()


def test_what_was_switched_on_is_mailed_and_what_was_switched_off_is_not():
    member = wanting("now")
    NoticeSettings.objects.update(mail={KIND: "now", "alerts.raised": "off"})
    on, off = tell(member, KIND), tell(member, "alerts.raised")
    send()
    assert (again(on).mail_state, again(off).mail_state) == ("sent", "none")


def test_a_mail_is_in_the_language_of_who_gets_it():
    tell(wanting(language="en"))
    send()
    assert subjects() == ["A customer was assigned to you"]
    assert "My account" in outbox.outbox[0].body


def test_a_mail_says_in_text_and_html_where_to_change_what_is_mailed(settings):
    settings.PUBLIC_URL = "https://partner.example.com"
    tell(wanting())
    send()
    (message,) = outbox.outbox
    page = "https://partner.example.com/activity/notifications/settings/"
    (html,) = [each.content for each in message.alternatives]
    assert page in message.body and f'href="{page}"' in html
    assert "https://partner.example.com/customers/7/" in message.body and "/customers/7/" in html


def test_text_in_a_mail_stays_text():
    member = make_member()
    NoticeSettings.objects.create(partner=member.partner, member=member, mail={"job.done": "now"})
    notify([member], "job.done", key="k", at=NOW, title="<script>alert(1)</script>")
    send()
    (html,) = [each.content for each in outbox.outbox[0].alternatives]
    assert "<script>" not in html and "&lt;script&gt;" in html


# ---- quiet hours ----


def test_in_the_quiet_hours_nothing_goes_and_after_them_all_goes_in_one():
    member = wanting(quiet_from=22, quiet_to=8)
    for at in (beijing(22), beijing(23, 30), beijing(2, day=21)):
        tell(member, at=at)
        assert send(at) == 0
    assert send(beijing(7, 59, day=21)) == 0
    assert send(beijing(8, day=21)) == 1
    assert subjects() == ["您有 3 条新消息"]
    assert set(Notification.objects.values_list("mail_state", flat=True)) == {"sent"}


def test_security_knows_no_quiet_hours_no_digest_and_goes_alone():
    member = wanting("daily", quiet_from=22, quiet_to=8)
    at = beijing(23)
    tell(member, at=at)
    tell(member, "user.password_given", at=at)
    assert send(at) == 1
    assert subjects() == ["您的密码已被重置"]


def test_a_second_attempt_keeps_the_quiet_hours_too(settings):
    member = wanting(quiet_from=22, quiet_to=8)
    told = tell(member, at=beijing(21, 59))
    claim(at=beijing(21, 59))  # by a worker that was killed
    assert send(beijing(22, 1)) == 0
    assert again(told).mail_next_at == beijing(8, day=21)
    assert told.mail_attempts == 1


# ---- digest ----


def test_a_digest_goes_on_the_hour_with_all_of_the_day():
    member = wanting("daily", digest_hour=9)
    for at in (beijing(9, 1), beijing(15), beijing(8, 59, day=21)):
        tell(member, at=at)
        assert send(at) == 0
    tell(member, at=beijing(9, day=21))
    assert send(beijing(9, day=21)) == 1
    assert subjects() == ["您有 4 条新消息"]
    assert outbox.outbox[0].body.count("您已成为该客户的客户经理") == 4


def test_a_digest_does_not_hold_back_what_goes_at_once():
    member = wanting("daily")
    tell(member)
    tell(member, "alerts.raised")
    assert send() == 1
    assert outbox.outbox[0].body.count("客户预警") and "有客户分配给您" not in outbox.outbox[0].body


def test_a_long_digest_says_how_many_it_leaves_out():
    member = wanting()
    for _n in range(MOST_TOLD + 3):
        tell(member)
    assert send() == 1
    assert "其余 3 条请在站内信中查看" in outbox.outbox[0].body


# ---- no storm ----


def test_after_the_most_of_an_hour_the_rest_goes_in_one():
    member, at = wanting(), NOW
    for _n in range(MOST_AN_HOUR):
        tell(member, at=at)
        assert send(at) == 1
        at += timedelta(minutes=1)
    for _n in range(5):
        tell(member, at=at)
        assert send(at) == 0
        at += timedelta(minutes=1)
    assert send(NOW + timedelta(minutes=59)) == 0
    assert send(NOW + timedelta(hours=1)) == 1
    assert subjects()[-1] == "您有 5 条新消息"


def test_security_is_mailed_beyond_the_bound():
    member = wanting()
    for _n in range(MOST_AN_HOUR):
        tell(member)
        send()
    tell(member, "user.password_given")
    assert send() == 1


def test_thousands_of_notices_are_one_mail():
    member = wanting()
    rows = [
        Notification(partner_id=member.partner_id, member=member, kind=KIND, key=f"n{n}",
                     created_at=NOW, mail_state="waiting", mail_next_at=NOW)
        for n in range(2000)
    ]  # fmt: skip
    Notification.objects.bulk_create(rows)
    assert send() == 1
    assert subjects() == ["您有 2000 条新消息"]


# ---- what is over ----


def test_what_is_closed_before_it_was_sent_is_not_mailed():
    told = tell(wanting(), cause="customer:7:1")
    assert close_notices("customer:7:1", at=NOW) == 1
    assert send() == 0
    assert again(told).mail_state == "none"


def test_a_digest_leaves_out_what_was_closed_meanwhile():
    member = wanting("daily", digest_hour=9)
    tell(member, at=beijing(10), cause="customer:7:1")
    tell(member, OTHER, at=beijing(10))
    send(beijing(10))
    close_notices("customer:7:1", at=beijing(11))
    assert send(beijing(9, day=21)) == 1
    assert subjects() == ["有客户不再由您负责"]


def test_a_second_attempt_leaves_out_what_was_closed_meanwhile():
    member = wanting()
    first, second = tell(member, cause="customer:7:1"), tell(member, OTHER)
    claim(at=NOW)
    close_notices("customer:7:1", at=NOW)
    assert send(NOW + WAITS[0]) == 1
    assert subjects() == ["有客户不再由您负责"]
    assert outbox.outbox[0].extra_headers["Message-ID"] == message_id(first)
    assert again(second).mail_state == "sent"


# ---- killed and crowded ----


def test_a_worker_killed_before_it_sent_loses_nothing():
    member = wanting()
    told = [tell(member), tell(member)]
    letter = claim(at=NOW)
    assert len(letter.notifications) == 2
    assert send(NOW + WAITS[0] - timedelta(seconds=1)) == 0
    assert send(NOW + WAITS[0]) == 1
    assert {again(each).mail_state for each in told} == {"sent"}


def test_a_worker_killed_after_it_sent_sends_twice_under_one_message_id(monkeypatch):
    tell(wanting())
    tell(Member.objects.get())
    with monkeypatch.context() as patch:
        patch.setattr(ours, "settle", killed)
        with pytest.raises(SystemExit):
            send()
    tell(Member.objects.get(), at=NOW + WAITS[0])  # goes in the next one, not in this one again
    assert send(NOW + WAITS[0]) == 2
    first, second, third = outbox.outbox
    ids = [message.extra_headers["Message-ID"] for message in (first, second, third)]
    assert (first.subject, first.body) == (second.subject, second.body)
    assert ids[0] == ids[1] != ids[2]


def killed(*args, **kwargs):
    raise SystemExit


@pytest.mark.django_db(transaction=True)
def test_four_workers_at_once_tell_one_member_each_thing_once():
    members = [wanting() for _n in range(6)]
    for member in members:
        for _n in range(5):
            tell(member)
    race(send)
    told = "".join(message.body for message in outbox.outbox)
    assert told.count("您已成为该客户的客户经理") == 30
    ids = [message.extra_headers["Message-ID"] for message in outbox.outbox]
    assert len(ids) == len(set(ids))
