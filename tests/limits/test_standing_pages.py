"""受限 and 冻结 of a partner on screen: the desk, the console, the customer's page, the command."""

import re
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from org.services import set_standing
from tests import factories as f
from tests.factories import NOW
from tests.limits.making import make_freeze

pytestmark = pytest.mark.django_db


@pytest.fixture
def frozen(cast):
    return set_standing(cast.distributor, "frozen", reason="逾期未付", by=cast.yunying, at=NOW)


def text(response, status=200):
    assert response.status_code == status, response.content.decode()[:2000]
    return response.content.decode()


def test_every_member_sees_it_on_every_page_and_not_why(cast, frozen, sign_in):
    for member, said in ((cast.zong, "贵公司已被厂商冻结"), (cast.jing, "总经销商已被厂商冻结")):
        page = text(sign_in(member).get("/customers/"))
        assert said in page and "逾期未付" not in page
    assert "已被厂商冻结" not in text(sign_in(cast.pang).get("/customers/"))


@pytest.mark.parametrize(
    ("state", "found"),
    [
        ("frozen", {"free", "account"}),
        ("resources", {"resources"}),
        ("normal", {"referral"}),
        ("account", set()),
        ("restricted", set()),
    ],
)
@pytest.mark.parametrize("side", ["own", "resellers"])
def test_the_state_with_the_partner_is_shown_and_found(cast, frozen, sign_in, state, found, side):
    ours = side == "own"
    partner = cast.distributor if ours else cast.reseller
    rows = {
        name: f.make_customer(partner=partner, association_type=kind)
        for name, kind in {
            **dict.fromkeys(("free", "account", "resources"), "postpaid"),
            "referral": "referral",
        }.items()
    }
    for name in ("account", "resources"):
        make_freeze(customer=rows[name], state=name)
    path = "/customers/" if ours else "/customers/resellers/"
    page = text(sign_in(cast.zong).get(f"{path}?freeze={state}"))
    assert {name for name, row in rows.items() if row.number in page} == found
    assert ("</span>随伙伴冻结" in page) == (state == "frozen")


def test_a_standing_costs_the_list_no_statement(cast, customer, sign_in):
    make_freeze(customer=customer, state="resources")
    client = sign_in(cast.zong)
    for path in ("/customers/", "/customers/resellers/"):
        client.get(path)
        before = _statements(client, path)
        set_standing(cast.distributor, "frozen", reason="逾期", by=cast.yunying, at=NOW)
        assert _statements(client, path) == before
        set_standing(cast.distributor, "normal", reason="已付", by=cast.yunying, at=NOW)


def _statements(client, path):
    with CaptureQueriesContext(connection) as asked:
        text(client.get(f"{path}?freeze=resources"))
    return len(asked)


def test_a_customers_page_says_with_whom_it_is_frozen(cast, customer, frozen, sign_in):
    make_freeze(customer=customer)
    page = text(sign_in(cast.zong).get(f"/customers/{customer.pk}/"))
    assert "随伙伴冻结" in page and "账号已冻结 · 手动冻结" in page


def test_a_frozen_partner_invites_referral_customers_only(cast, frozen, sign_in):
    page = text(sign_in(cast.zong).get("/associations/invitations/mail/"))
    assert 'value="referral"' in page and 'value="postpaid"' not in page


def test_its_customers_learn_that_they_are_frozen_and_not_why(cast, customer, frozen, sign_in):
    page = text(sign_in(f.make_account_user(account=customer.cloud_account)).get("/my/"))
    assert "随伙伴冻结" in page and "逾期未付" not in page


def test_a_referral_customer_reads_nothing_of_it(cast, frozen, sign_in):
    referral = f.make_customer(partner=cast.distributor)
    page = text(sign_in(f.make_account_user(account=referral.cloud_account)).get("/my/"))
    assert "随伙伴冻结" not in page


def test_operators_restrict_and_lift_at_the_desk_with_a_reason(cast, proven):
    client, base = proven(cast.yunying), f"/admin/org/partner/{cast.distributor.pk}"
    assert "lift" not in text(client.get(f"{base}/change/"))
    assert client.post(f"{base}/do/restrict/", {}).status_code == 200
    assert client.post(f"{base}/do/restrict/", {"reason": "逾期"}).status_code == 302
    cast.reseller.refresh_from_db()
    assert cast.reseller.effective_standing == "restricted"
    page = text(client.get(f"{base}/change/"))
    assert "逾期" in page and f"{base}/do/lift/" in page
    below = text(client.get(f"/admin/org/partner/{cast.reseller.pk}/change/"))
    assert "受限" in below and ">restricted<" not in below  # with its distributor, in words
    client.post(f"{base}/do/lift/", {"reason": "已付"})
    cast.distributor.refresh_from_db()
    assert cast.distributor.standing == "normal"


def test_the_desk_offers_it_for_partners_that_sell_as_postpaid_only(cast, proven):
    page = text(proven(cast.yunying).get(f"/admin/org/partner/{cast.stranger.pk}/change/"))
    assert "/do/restrict/" not in page and "/do/freeze/" not in page


def test_the_command_does_the_same(cast, capsys):
    call_command("set_standing", "华南总代", "frozen", "--reason=逾期")
    assert "经营状态：冻结" in capsys.readouterr().out
    with pytest.raises(CommandError, match="请填写原因"):
        call_command("set_standing", "华南总代", "normal", "--reason= ")


@pytest.mark.parametrize("days_kept", [1, 16])
def test_while_its_partner_is_frozen_nobody_reads_a_day_of_release(
    cast, customer, frozen, sign_in, days_kept
):
    make_freeze(customer=customer, state="resources", since=NOW - timedelta(days=days_kept))
    ours = text(sign_in(cast.zong).get(f"/customers/{customer.pk}/"))
    assert "伙伴冻结期间不释放资源" in ours
    theirs = text(sign_in(f.make_account_user(account=customer.cloud_account)).get("/my/"))
    assert "资源和数据保留" in theirs
    for page in (ours, theirs):
        assert not re.search(r"\d 释放资源|即将释放资源|即将被释放|前未解冻的", page)


def test_what_should_have_been_released_by_now_names_no_past_day(cast, customer, sign_in):
    freeze = make_freeze(customer=customer, state="resources", since=NOW - timedelta(days=16))
    assert freeze.is_past_keeping(NOW)
    assert "即将释放资源" in text(sign_in(cast.zong).get(f"/customers/{customer.pk}/"))
    page = text(sign_in(f.make_account_user(account=customer.cloud_account)).get("/my/"))
    assert "即将被释放" in page and "前未解冻的" not in page
