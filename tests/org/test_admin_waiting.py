"""What waits for the vendor, on the first page of the desk: for whom, how many, and where."""

import re
from html import unescape
from urllib.parse import urlencode

import pytest

from tests import factories
from tests.coupons import making

from .desk import PAGES, address

pytestmark = pytest.mark.django_db
WAITS = [(label, waits) for label, page in PAGES.items() for waits in page.waits]


def waiting(client):
    """Words and numbers, with the list that each leads to."""
    page = client.get("/admin/").content.decode()
    found = re.findall(r'<a href="([^"]+)"><span>([^<]+)</span> <b>([^<]+)</b>', page)
    return {words: (count, unescape(url)) for url, words, count in found}


def test_an_operator_sees_what_waits_for_operators_and_is_led_there(cast, sign_in, client):
    ours = factories.make_customer(partner=cast.reseller)
    late = factories.make_change(
        customer=ours, initiator="customer", state="partner", escalated_at=factories.NOW
    )
    other = factories.make_customer(partner=cast.reseller)
    factories.make_change(customer=other, initiator="customer")
    sign_in(cast.yunying)
    count, url = waiting(client)["伙伴逾期未答复的关联申请"]
    listed = client.get(url).context_data["cl"].result_list
    assert (count, [each.pk for each in listed]) == ("1", [late.pk])


def test_a_reviewer_sees_what_waits_for_reviewers_alone(cast, sign_in, client):
    customer = factories.make_customer(partner=cast.reseller)
    plan = making.make_plan(making.make_promotion(), customer, by=cast.yun)
    sign_in(cast.shen)
    count, url = waiting(client)["待审核的活动代金券配置"]
    listed = client.get(url).context_data["cl"].result_list
    assert (count, [each.pk for each in listed]) == ("1", [plan.pk])
    sign_in(cast.yunying)
    assert "待审核的活动代金券配置" not in waiting(client)


def test_who_has_nothing_to_do_is_told_so_and_auditors_are_told_nothing(cast, sign_in, client):
    sign_in(cast.shen)
    assert "没有等您处理的事项。" in client.get("/admin/").content.decode()
    sign_in(cast.shenji)
    assert "待处理" not in client.get("/admin/").content.decode()


@pytest.mark.parametrize(("label", "waits"), WAITS)
def test_each_kind_of_what_waits_has_its_list_and_its_button(cast, sign_in, client, label, waits):
    pressed = getattr(PAGES[label], waits.button).button
    sign_in(cast.shen if pressed.roles == ("reviewer",) else cast.yunying)
    address_of_list = f"{address(label, 'changelist')}?{urlencode(waits.filters)}"
    assert client.get(address_of_list).status_code == 200
