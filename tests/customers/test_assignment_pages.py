"""客户分配: customers to assign, account managers, and what was assigned (§7.2)."""

import pytest
import time_machine

from customers.services import assign_customer
from tests.factories import NOW, make_customer, make_label, make_member, put_label

pytestmark = pytest.mark.django_db
LIST, MANAGERS, RECORDS = (f"/customers/assign/{page}" for page in ("", "managers/", "records/"))


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def world(cast):
    mine = make_customer(manager=cast.jing, number="of-jing")
    make_customer(manager=cast.other, number="of-other")
    make_customer(partner=cast.reseller, number="of-nobody")
    make_customer(partner=cast.stranger, number="of-stranger")
    put_label(customer=mine, label=make_label(by=cast.yun, name="重点"))
    return cast


def seen(response):
    page = response.content.decode()
    assert response.status_code == 200, page
    return {n for n in ("of-jing", "of-other", "of-nobody", "of-stranger") if n in page}


@pytest.mark.parametrize(
    ("who", "tab", "found"),
    [
        ("yun", "unassigned", {"of-nobody"}),
        ("yun", "assigned", {"of-jing", "of-other"}),
        ("yun", "all", {"of-jing", "of-other", "of-nobody"}),
        ("zhuguan", "all", {"of-jing"}),
        ("zhuguan", "unassigned", set()),
        ("pang", "all", {"of-stranger"}),
    ],
)
def test_each_assigns_in_the_own_scope(world, sign_in, who, tab, found):
    assert seen(sign_in(getattr(world, who)).get(LIST, {"tab": tab})) == found


def test_a_row_leads_to_its_assignment_and_says_since_when(world, sign_in):
    page = sign_in(world.zhuguan).get(LIST).content.decode()
    assert '/assign/">分配</a>' in page
    assert "2025-10-16" in page and "重点" in page


@pytest.mark.parametrize("url", [LIST, MANAGERS, RECORDS])
@pytest.mark.parametrize("who", ["jing", "cai"])
def test_who_may_not_assign_has_no_such_page(world, sign_in, url, who):
    assert sign_in(getattr(world, who)).get(url).status_code == 403


def test_managers_show_their_customers_and_lead_to_them(world, sign_in):
    make_member(partner=world.reseller, name="新人")
    client = sign_in(world.yun)
    page = client.get(MANAGERS).content.decode()
    assert "经理" in page and "同事" in page and "新人" in page
    assert f'?owner={world.jing.pk}">查看客户' in page
    assert seen(client.get(LIST, {"owner": world.jing.pk})) == {"of-jing"}
    assert client.get(LIST, {"owner": world.pang.pk}).status_code == 400


def test_a_director_sees_his_own_managers(world, sign_in):
    page = sign_in(world.zhuguan).get(MANAGERS).content.decode()
    assert f'id="row-{world.jing.pk}"' in page and f'id="row-{world.other.pk}"' not in page


def test_the_records_keep_who_had_a_customer(world, sign_in):
    customer = make_customer(manager=world.jing, number="moved", name="银河数据")
    assign_customer(customer, world.other, by=world.yun, at=NOW)
    client = sign_in(world.yun)
    page = client.get(RECORDS, {"name": "银河"}).content.decode()
    assert page.count('<tr id="row-') == 2 and "经理" in page and "同事" in page
    ended = client.get(RECORDS, {"name": "银河", "state": "ended"}).content.decode()
    assert ended.count('<tr id="row-') == 1
