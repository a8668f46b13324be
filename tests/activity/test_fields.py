"""操作日志 by field: nobody reads in it what the lists would hide from him."""

import re
from html import unescape

import pytest
from django.core.cache import cache
from django.urls import reverse

from activity import verbs
from activity.models import Activity
from activity.services import record
from tests.factories import NOW, make_customer

pytestmark = pytest.mark.django_db
LOG = "/activity/"
PHONE = "13800138000"


def old_line(cast, **fields):
    """As a release wrote it that knew no better."""
    facts = {"verb": "member.created", "user": cast.yun.user, "member": cast.yun, "at": NOW}
    facts |= {"partner": cast.reseller, "subject_type": ""}
    return Activity.objects.create(**facts | fields)


def rows(client, **query):
    page = client.get(LOG, query, headers={"HX-Request": "true"})
    assert page.status_code == 200
    return page.content.decode().count("<tr id=")


# ---- masked ----


def test_personal_fields_are_masked_however_deep_they_lie(cast):
    after = {"contact": {"phone": PHONE}, "people": [{"email": "zhang@example.com"}]}
    line = record("user.created", by=None, at=NOW, after=after)
    assert line.after == {
        "contact": {"phone": "138****8000"},
        "people": [{"email": "z***@example.com"}],
    }


@pytest.mark.parametrize("field", verbs.PERSONAL)
def test_what_is_masked_is_not_masked_again(field):
    once = verbs.masked({field: "张三"})
    assert verbs.masked(once) == once != {field: "张三"}


def test_an_old_line_shows_no_more_than_a_new_one(cast, sign_in, client):
    line = old_line(cast, before={"phone": PHONE}, after={"name": "张三丰", "phone": PHONE})
    pages = [LOG, f"{LOG}{line.pk}/", f"{LOG}{line.pk}/?drawer=1"]
    told = [sign_in(cast.yun).get(page).content.decode() for page in pages]
    told.append(sign_in(cast.shenji).get(f"/admin/activity/activity/{line.pk}/change/").text)
    told.append(client.get("/admin/activity/activity/?days=all").text)
    for page in told:
        assert "138****8000" in page and "张***丰" in page
        assert PHONE not in page and "张三丰" not in page


def test_the_tab_of_a_customer_names_no_other_customer(cast, sign_in):
    mine = make_customer(manager=cast.jing)
    after = {"column": "phone", "customers": [mine.pk, 4711]}
    old_line(cast, verb="customer.revealed", customer_id=mine.pk, after=after)
    page = sign_in(cast.jing).get(reverse("customers:customer_activity", args=[mine.pk])).text
    assert "移动电话" in page and "4711" not in page


# ---- one line ----


def test_a_line_is_shown_whole(cast, sign_in):
    customer = make_customer(manager=cast.jing, name="深圳云帆公司")
    line = record(
        "member.roles_changed",
        cast.cai,
        by=cast.yunying,
        at=NOW,
        partner=cast.reseller,
        customer_id=customer.pk,
        before={"roles": ["finance"]},
        after={"roles": ["account_manager"]},
    )
    page = unescape(sign_in(cast.yun).get(f"{LOG}{line.pk}/").text)
    for said in ("运营（厂商）", "修改成员角色", "组织成员 财务", "深***司", "2026-11-20 10:00:00"):
        assert said in page
    cells = re.findall(r"<t[hd][^>]*>([^<]*)</t[hd]>", page)
    assert cells[-3:] == ["角色", "财务", "客户经理"]


def test_in_the_drawer_it_is_a_part(cast, sign_in):
    line = old_line(cast)
    part = sign_in(cast.yun).get(f"{LOG}{line.pk}/?drawer=1", headers={"HX-Request": "true"})
    assert "<html" not in part.text and 'id="drawer-title"' in part.text


@pytest.mark.parametrize(
    ("who", "status"), [("yun", 200), ("zhuguan", 404), ("pang", 404), ("jing", 403)]
)
def test_a_line_is_for_whoever_finds_it_in_the_log(cast, sign_in, who, status):
    line = old_line(cast)
    assert sign_in(getattr(cast, who)).get(f"{LOG}{line.pk}/").status_code == status


def test_what_is_done_in_one_session_is_known_as_such(cast, sign_in, client):
    sign_in(cast.jing)
    for _twice in range(2):
        cache.clear()  # which remembers that the refusal was noted
        client.get(LOG)
    sessions = set(Activity.objects.values_list("session", flat=True))
    key = client.session.session_key
    assert all(re.fullmatch("[0-9a-f]{12}", session) for session in sessions)
    assert key not in sessions and Activity.objects.count() == 2


# ---- filters ----


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"customer": "云帆"}, 1),
        ({"customer": "深圳"}, 1),
        ({"customer": "100000000000000007"}, 1),
        ({"customer": "100000000000000008"}, 0),
        ({"subject": "customers.customer"}, 1),
        ({"subject": "org.member"}, 1),
        ({"subject": "org.role"}, 0),
        ({"address": "203.0.113.7"}, 1),
        ({"address": "2001:DB8:0::1"}, 1),
        ({"address": "203.0.113.8"}, 0),
        ({"request_id": "abc123"}, 1),
        ({"request_id": "abc"}, 0),
    ],
)
def test_a_line_is_found_by_what_is_known_of_it(cast, sign_in, query, found):
    customer = make_customer(manager=cast.jing, name="深圳云帆公司", number="100000000000000007")
    old_line(
        cast,
        subject_type="customers.customer",
        subject_id=customer.pk,
        customer_id=customer.pk,
        address="203.0.113.7",
    )
    old_line(
        cast,
        subject_type="org.member",
        subject_id=cast.cai.pk,
        address="2001:db8::1",
        request_id="abc123",
    )
    assert rows(sign_in(cast.yun), **query) == found


def test_a_director_finds_no_line_by_a_customer_that_is_not_his(cast, sign_in):
    customer = make_customer(manager=cast.other, number="100000000000000007")
    record("customer.assigned", customer, by=cast.jing, at=NOW, customer_id=customer.pk)
    assert rows(sign_in(cast.zhuguan)) == 1
    assert rows(sign_in(cast.zhuguan), customer="100000000000000007") == 0


def test_an_address_that_is_none_is_said(cast, sign_in):
    page = sign_in(cast.yun).get(LOG, {"address": "nebenan"}, headers={"HX-Request": "true"})
    assert page.status_code == 422 and "IP" in page.text


@pytest.mark.parametrize(
    ("query", "found"), [("request_id=abc123", 1), ("address=203.0.113.7", 1), ("address=x", 0)]
)
def test_the_auditor_finds_a_line_by_request_and_address(cast, sign_in, query, found):
    old_line(cast, request_id="abc123", address="203.0.113.7")
    old_line(cast)
    page = sign_in(cast.shenji).get(f"/admin/activity/activity/?days=all&{query}")
    assert page.text.count('class="field-at') == found
