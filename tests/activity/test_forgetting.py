"""站内信 and customers' 消息 go when their days are over (NOTICE_RETENTION_DAYS)."""

from datetime import timedelta

import pytest
from django.db import connection

from activity.models import Notification
from core.keeping import forget_made_before
from customers.accounts.models import AccountNotice
from partnercenter.tasks import forget_old_notices
from tests.factories import NOW, make_account_user

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _now(time_machine):
    time_machine.move_to(NOW, tick=False)


def notify(member, key, at, **more):
    return Notification.objects.create(
        partner_id=member.partner_id, member=member, kind="x", key=key, created_at=at, **more
    )


def left():
    return set(Notification.objects.values_list("key", flat=True))


def test_what_is_older_than_the_days_goes_read_or_not(cast):
    notify(cast.jing, "read", NOW - 401 * DAY, read_at=NOW - 400 * DAY)
    notify(cast.pang, "unread", NOW - 401 * DAY)
    notify(cast.jing, "young", NOW - 399 * DAY)
    forget_old_notices()
    assert left() == {"young"}


def test_what_has_yet_to_be_mailed_stays(cast):
    notify(cast.jing, "waits", NOW - 401 * DAY, mail_state="waiting", mail_next_at=NOW)
    notify(cast.jing, "failed", NOW - 401 * DAY, mail_state="failed")
    forget_old_notices()
    assert left() == {"waits"}


def test_what_is_sent_again_meanwhile_stays(cast):
    """An operator has it sent again after it was found to be old, and before it is deleted."""
    failed = notify(cast.jing, "failed", NOW - 401 * DAY, mail_state="failed")

    def resend_first(execute, sql, *others):
        if sql.startswith("DELETE"):
            Notification.objects.filter(pk=failed.pk).update(mail_state="waiting")
        return execute(sql, *others)

    with connection.execute_wrapper(resend_first):
        forget_old_notices()
    assert left() == {"failed"}


def test_operators_say_how_many_days(cast, settings):
    notify(cast.jing, "x", NOW - 31 * DAY)
    settings.NOTICE_RETENTION_DAYS = 32
    forget_old_notices()
    assert left() == {"x"}
    settings.NOTICE_RETENTION_DAYS = 30
    forget_old_notices()
    assert left() == set()


def test_customers_messages_go_with_them(db):
    account = make_account_user().cloud_account
    for key, days in (("old", 401), ("young", 399)):
        account.notices.create(kind="x", key=key, created_at=NOW - days * DAY)
    forget_old_notices()
    assert [each.key for each in AccountNotice.objects.all()] == ["young"]


@pytest.mark.parametrize("part", [1, 2, 3, 4])
def test_parts_of_any_size_forget_the_same(cast, part):
    for n in range(5):
        notify(cast.jing, f"{n}", NOW - (5 - n) * DAY)
    rows = Notification.objects.all()
    assert forget_made_before(NOW - 2 * DAY, rows, part=part) == 3
    assert left() == {"3", "4"}
    assert forget_made_before(NOW - 2 * DAY, rows, part=part) == 0
