"""操作日志 and 站内信 on screen."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from activity.models import Notification
from activity.services import notify, record
from org import services
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db
LOG = "/activity/"
INBOX = "/activity/notifications/"
_OF_THE_TEST = 4  # statements: a savepoint and its end, looking where one is, and going back


def fragment(client, address, **query):
    return client.get(address, query, headers={"HX-Request": "true"})


def tell(*members, key="k", at=NOW, **params):
    notify(members, "customer.assigned", key=key, at=at, **params)


# ---- 操作日志 ----


def test_a_line_shows_who_did_what_on_whom(cast, sign_in, client):
    services.change_roles(cast.cai, roles=["account_manager"], by=cast.yunying, at=NOW)
    page = sign_in(cast.yun).get(LOG).content.decode()
    for words in ("运营（厂商）", "修改成员角色", "组织成员 财务", "角色：财务 → 客户经理"):
        assert words in page


def test_the_customer_is_named_masked_and_linked(cast, sign_in, client):
    customer = factories.make_customer(manager=cast.jing, name="深圳云帆公司")
    record("customer.assigned", customer, by=cast.yun, at=NOW, customer_id=customer.pk)
    page = sign_in(cast.yun).get(LOG).content.decode()
    assert f'<a href="/customers/{customer.pk}/">深***司</a>' in page
    assert "深圳云帆公司" not in page


def test_text_in_the_log_stays_text(cast, sign_in, client):
    record("member.created", by=cast.yun, at=NOW, after={"roles": ["<script>alert(1)</script>"]})
    page = sign_in(cast.yun).get(LOG).content.decode()
    assert "<script>alert" not in page and "&lt;script&gt;alert" in page


def test_other_partners_are_not_in_the_log(cast, sign_in, client):
    record("partner.changed", by=cast.pang, at=NOW)
    assert "旁人" not in sign_in(cast.yun).get(LOG).content.decode()


@pytest.mark.parametrize(("who", "status"), [("yun", 200), ("zhuguan", 200), ("jing", 403)])
def test_the_log_needs_its_permission(cast, sign_in, client, who, status):
    assert sign_in(getattr(cast, who)).get(LOG).status_code == status


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"person": "运营"}, 1),
        ({"person": "云代"}, 1),
        ({"verb": "member.deactivated"}, 1),
        ({"verb": "role.created"}, 0),
        ({"at_from": "2026-11-20"}, 1),
        ({"at_to": "2026-11-19"}, 1),
        ({"person": "云代", "at_to": "2026-11-18"}, 0),
    ],
)
def test_the_log_is_filtered(cast, sign_in, client, query, found):
    services.deactivate_member(cast.jing, by=cast.yunying, at=NOW)
    record("member.activated", cast.jing, by=cast.yun, at=NOW - timedelta(days=1))
    response = fragment(sign_in(cast.yun), LOG, **query)
    assert response.content.decode().count("<tr id=") == found


def test_a_verb_that_does_not_exist_is_said(cast, sign_in, client):
    assert fragment(sign_in(cast.yun), LOG, verb="moon.landed").status_code == 422


def test_the_log_asks_the_same_of_two_lines_and_of_fifty(cast, sign_in, client):
    def lines(n):
        for _n in range(n):
            customer = factories.make_customer(manager=cast.jing)
            record("customer.assigned", customer, by=cast.yun, at=NOW, customer_id=customer.pk)
            record("member.created", cast.jing, by=cast.yunying, partner=cast.reseller, at=NOW)
        with CaptureQueriesContext(connection) as asked:
            found = client.get(LOG).content.decode().count("<tr id=")
        return found, len(asked)

    sign_in(cast.yun).get(LOG)
    (two, few), (fifty, many) = lines(1), lines(24)
    assert (two, fifty) == (2, 50)
    assert few == many <= 12 + _OF_THE_TEST


# ---- 操作记录 of a customer ----


def test_whoever_sees_the_customer_reads_what_was_done_for_it(cast, sign_in, client):
    mine = factories.make_customer(manager=cast.jing)
    record("customer.assigned", mine, by=cast.yun, at=NOW, customer_id=mine.pk)
    address = reverse("customers:customer_activity", args=[mine.pk])
    page = fragment(sign_in(cast.jing), address).content.decode()
    assert page.count("<tr id=") == 1 and "分配客户经理" in page
    assert fragment(sign_in(cast.other), address).status_code == 404


# ---- 站内信 ----


def test_unread_ones_come_first(cast, sign_in, client):
    tell(cast.jing, customer=7)
    page = sign_in(cast.jing).get(INBOX).content.decode()
    assert "有客户分配给您" in page
    assert fragment(client, INBOX, tab="read").content.decode().count("<tr id=") == 0


def test_opening_one_marks_it_read_and_leads_on(cast, sign_in, client):
    tell(cast.jing, customer=7)
    told = Notification.objects.get()
    response = sign_in(cast.jing).post(f"{INBOX}{told.pk}/open/")
    assert response["Location"] == "/customers/7/"
    told.refresh_from_db()
    assert told.read_at


def test_the_home_page_opens_one_as_the_list_does(cast, sign_in, client):
    tell(cast.jing)
    sign_in(cast.jing)
    told = Notification.objects.get()
    assert reverse("activity:open_notification", args=[told.pk]) in client.get("/").text


def test_the_first_time_it_was_read_counts(cast, sign_in, client, time_machine):
    tell(cast.jing, customer=7)
    told = Notification.objects.get()
    sign_in(cast.jing)
    time_machine.move_to(NOW, tick=False)
    client.post(f"{INBOX}{told.pk}/open/")
    time_machine.move_to(NOW + timedelta(minutes=5), tick=False)
    client.post(f"{INBOX}{told.pk}/open/")
    told.refresh_from_db()
    assert told.read_at == NOW


def test_nobody_opens_anothers(cast, sign_in, client):
    tell(cast.jing)
    told = Notification.objects.get()
    for who in (cast.yun, cast.pang):
        assert sign_in(who).post(f"{INBOX}{told.pk}/open/").status_code == 404
    told.refresh_from_db()
    assert told.read_at is None


def test_looking_does_not_mark_as_read(cast, sign_in, client):
    tell(cast.jing)
    told = Notification.objects.get()
    assert sign_in(cast.jing).get(f"{INBOX}{told.pk}/open/").status_code == 405
    client.get(INBOX)
    assert Notification.objects.unread().count() == 1


def test_all_are_read_at_once_but_only_the_own_ones(cast, sign_in, client):
    tell(cast.jing, cast.yun)
    tell(cast.jing, key="k2")
    sign_in(cast.jing).post(f"{INBOX}read/")
    left = Notification.objects.unread()
    assert [told.member for told in left] == [cast.yun]


def test_the_same_fact_is_told_once(cast):
    tell(cast.jing)
    tell(cast.jing)
    assert Notification.objects.count() == 1
