"""客户管理 on screen: who sees which rows, masked how, and what a reveal leaves behind."""

from datetime import date

import pytest
import time_machine

from activity.models import Activity, Notification
from activity.services import notify
from customers.models import Customer
from org.permissions import FINANCE, SYSTEM_ADMIN
from tests.factories import (
    NOW,
    make_alert,
    make_customer,
    make_daily,
    make_member,
    make_resource,
)

pytestmark = [pytest.mark.django_db]
LIST, RESELLERS = "/customers/", "/customers/resellers/"


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


def numbers(response):
    """The ids of the rows on the page."""
    return set(Customer.objects.filter(pk__in=_row_ids(response)).values_list("number", flat=True))


def _row_ids(response):
    return [int(part.split('"')[0]) for part in response.content.decode().split('id="row-')[1:]]


@pytest.fixture
def world(cast):
    make_customer(manager=cast.jing, number="of-jing", name="深圳云帆科技有限公司")
    make_customer(manager=cast.other, number="of-other", name="北京银河数据")
    make_customer(partner=cast.reseller, number="of-nobody", name="上海远航物流")
    make_customer(partner=cast.distributor, number="of-distributor")
    make_customer(partner=cast.stranger, number="of-stranger")
    return cast


@pytest.mark.parametrize(
    ("who", "seen"),
    [
        ("jing", {"of-jing"}),
        ("zhuguan", {"of-jing"}),
        ("yun", {"of-jing", "of-other", "of-nobody"}),
        ("cai", {"of-jing", "of-other", "of-nobody"}),
        ("zong", {"of-distributor"}),
        ("pang", {"of-stranger"}),
    ],
)
def test_each_member_sees_the_customers_of_his_scope(world, sign_in, who, seen):
    response = sign_in(getattr(world, who)).get(LIST)
    assert numbers(response) == seen


def test_a_manager_with_another_role_sees_the_whole_partner(world, sign_in):
    both = make_member(partner=world.reseller, roles=["account_manager", FINANCE])
    assert len(numbers(sign_in(both).get(LIST))) == 3


def test_a_customer_who_left_is_on_no_list(world, sign_in):
    Customer.objects.get(number="of-jing").mark_disassociated(at=NOW)
    assert numbers(sign_in(world.jing).get(LIST)) == set()


def test_a_distributor_sees_the_customers_of_its_resellers_apart(world, sign_in):
    response = sign_in(world.zong).get(RESELLERS)
    assert numbers(response) == {"of-jing", "of-other", "of-nobody"}
    assert "云帆经销" in response.content.decode()


def test_a_resellers_customer_cannot_be_opened_by_its_distributor(world, sign_in):
    customer = Customer.objects.get(number="of-jing")
    assert sign_in(world.zong).get(f"/customers/{customer.pk}/").status_code == 404


def test_only_distributors_have_customers_of_resellers(world, sign_in):
    response = sign_in(world.yun).get(RESELLERS)
    assert response.status_code == 403
    assert "只有总经销商" in response.content.decode()


def test_names_and_contacts_are_masked_until_revealed(world, sign_in):
    page = sign_in(world.jing).get(LIST).content.decode()
    assert "深***司" in page and "深圳云帆科技有限公司" not in page


def test_a_reveal_shows_one_column_and_is_recorded_with_whom(world, sign_in):
    response = sign_in(world.jing).post(LIST, {"reveal": "name"})
    assert "深圳云帆科技有限公司" in response.content.decode()
    line = Activity.objects.get(verb="customer.revealed")
    customer = Customer.objects.get(number="of-jing")
    assert line.member == world.jing
    assert line.after == {"column": "name", "list": "customers", "customers": [customer.pk]}


def test_looking_at_the_list_again_hides_it_again(world, sign_in):
    client = sign_in(world.jing)
    client.post(LIST, {"reveal": "name"})
    assert "深圳云帆科技有限公司" not in client.get(LIST).content.decode()


def test_who_may_not_reveal_sees_why_and_gets_nothing(world, sign_in):
    client = sign_in(world.cai)
    assert "没有“查看脱敏信息”权限" in client.get(LIST).content.decode()
    assert "深圳云帆科技有限公司" not in client.post(LIST, {"reveal": "name"}).content.decode()
    assert not Activity.objects.filter(verb="customer.revealed").exists()


@pytest.mark.parametrize(("who", "offered"), [("jing", True), ("cai", False)])
def test_the_customers_page_offers_the_reveal_to_whom_it_is_allowed(world, sign_in, who, offered):
    customer = Customer.objects.get(number="of-jing")
    page = sign_in(getattr(world, who)).get(f"/customers/{customer.pk}/").text
    assert ("显示（将被记录）" in page) is offered
    assert ("没有“查看脱敏信息”权限" in page) is not offered


@pytest.mark.parametrize(
    "tab",
    [
        "/customers/{}/",
        "/billing/customers/{}/",
        "/followups/customers/{}/",
        "/customers/{}/activity/",
    ],
)
def test_every_tab_of_a_customer_offers_the_assignment(world, sign_in, tab):
    customer = Customer.objects.get(number="of-jing")
    page = sign_in(world.yun).get(tab.format(customer.pk)).text
    assert f"/customers/{customer.pk}/assign/" in page


@pytest.mark.parametrize(("who", "counts"), [("yun", True), ("zhuguan", False)])
def test_unassigned_customers_are_counted_for_who_sees_them(world, sign_in, who, counts):
    assert ("未分配客户经理" in sign_in(getattr(world, who)).get("/").text) is counts


@pytest.mark.parametrize("query", ["云帆", "szyf", "深圳云帆科技有限公司", "ｓｚｙｆ"])
def test_a_customer_is_found_by_name_and_initials(world, sign_in, query):
    response = sign_in(world.yun).get(LIST, {"name": query})
    assert numbers(response) == {"of-jing"}


def test_unassigned_customers_can_be_asked_for(world, sign_in):
    assert numbers(sign_in(world.yun).get(LIST, {"assigned": "no"})) == {"of-nobody"}


def test_this_months_consumption_and_waiting_alerts_are_shown(world, sign_in):
    customer = Customer.objects.get(number="of-jing")
    make_daily(customer=customer, day=date(2026, 11, 19), cny="1234.5", days=2)
    make_daily(customer=customer, day=date(2026, 10, 31), cny="9000")
    make_alert(customer=customer)
    page = sign_in(world.yun).get(LIST).content.decode()
    assert "2,469.00" in page
    assert f"?customer={customer.pk}" in page


def test_customers_are_found_by_what_they_consumed_this_month(world, sign_in):
    for number, cny in (("of-jing", "500"), ("of-other", "20")):
        make_daily(customer=Customer.objects.get(number=number), day=date(2026, 11, 1), cny=cny)
    client = sign_in(world.yun)
    assert numbers(client.get(LIST, {"spent_min": "100"})) == {"of-jing"}
    assert numbers(client.get(LIST, {"spent_max": "100"})) == {"of-other", "of-nobody"}
    assert numbers(client.get(LIST, {"spent_min": "10", "spent_max": "100"})) == {"of-other"}


def test_customers_are_found_by_when_a_resource_expires(world, sign_in):
    soon = Customer.objects.get(number="of-jing")
    gone = Customer.objects.get(number="of-other")
    make_resource(customer=soon, expires_on=date(2026, 12, 1))
    make_resource(
        customer=gone, expires_on=date(2026, 12, 1), state="released", released_on=date(2026, 11, 1)
    )
    days = {"expires_from": "2026-12-01", "expires_to": "2026-12-01"}
    assert numbers(sign_in(world.yun).get(LIST, days)) == {"of-jing"}


def test_the_first_running_resource_to_expire_and_what_is_owed_are_shown(world, sign_in):
    customer = Customer.objects.get(number="of-jing")
    Customer.objects.filter(pk=customer.pk).update(arrears="321.5")
    make_resource(customer=customer, expires_on=date(2026, 12, 24))
    make_resource(customer=customer, expires_on=date(2026, 12, 1))
    make_resource(
        customer=customer,
        expires_on=date(2026, 11, 2),
        state="released",
        released_on=date(2026, 11, 2),
    )
    page = sign_in(world.jing).get(LIST).content.decode()
    _head, row = page.split(f'id="row-{customer.pk}"')
    assert ">2026-12-01<" in row and "2026-12-24" not in row and "2026-11-02" not in row
    assert "321.50" in row


def test_the_assign_button_says_why_it_is_off(world, sign_in):
    page = sign_in(world.jing).get(LIST).content.decode()
    assert "没有“分配客户经理”权限" in page


def test_assigning_on_screen_moves_the_customer(world, sign_in):
    customer = Customer.objects.get(number="of-nobody")
    client = sign_in(world.yun)
    assert client.get(f"/customers/{customer.pk}/assign/").status_code == 200
    response = client.post(f"/customers/{customer.pk}/assign/", {"manager": world.jing.pk})
    assert response.status_code == 302
    customer.refresh_from_db()
    assert customer.account_manager == world.jing


def test_a_foreign_manager_in_the_form_is_refused(world, sign_in):
    customer = Customer.objects.get(number="of-nobody")
    outsider = make_member(partner=world.stranger)
    response = sign_in(world.yun).post(
        f"/customers/{customer.pk}/assign/", {"manager": outsider.pk}
    )
    assert response.status_code == 422
    customer.refresh_from_db()
    assert customer.account_manager is None


def test_the_page_of_a_customer_masks_and_reveals(world, sign_in):
    customer = Customer.objects.get(number="of-jing")
    client, url = sign_in(world.jing), f"/customers/{customer.pk}/"
    assert "深圳云帆科技有限公司" not in client.get(url).content.decode()
    assert "深圳云帆科技有限公司" in client.post(url).content.decode()
    assert Activity.objects.get(verb="customer.revealed").customer_id == customer.pk


def test_who_may_not_reveal_sees_why_instead_of_the_button(world, sign_in):
    customer = Customer.objects.get(number="of-jing")
    page = sign_in(make_member(partner=world.reseller, role=FINANCE)).get(
        f"/customers/{customer.pk}/"
    )
    assert "没有“查看脱敏信息”权限" in page.content.decode()
    assert "显示（将被记录）" not in page.content.decode()


def test_the_drawer_is_a_part_for_htmx_and_a_page_without(world, sign_in):
    customer = Customer.objects.get(number="of-jing")
    client, url = sign_in(world.jing), f"/customers/{customer.pk}/?drawer=1"
    assert b"<html" not in client.get(url, headers={"HX-Request": "true"}).content
    assert b"<html" in client.get(url).content


def test_home_links_each_number_to_its_list(world, sign_in):
    make_alert(customer=Customer.objects.get(number="of-jing"))
    client = sign_in(world.jing)
    page = client.get("/").content.decode()
    assert "待处理流失预警" in page
    link = "/followups/handle/?tab=pending&amp;class=churn"
    assert link in page or "tab=pending&amp;class=churn" in page


def test_home_tells_the_latest_news_in_words(world, sign_in):
    notify([world.jing], "customer.taken_back", key="once", at=NOW)
    assert "有客户不再由您负责" in sign_in(world.jing).get("/").content.decode()


def test_the_latest_news_lead_to_what_they_tell_of(world, sign_in):
    customer = Customer.objects.get(number="of-jing")
    notify([world.jing], "customer.assigned", key="once", at=NOW, customer=customer.pk)
    notice, client = Notification.objects.get(), sign_in(world.jing)
    opens = f"/activity/notifications/{notice.pk}/open/"
    assert f'action="{opens}"' in client.get("/").content.decode()
    assert client.post(opens).url == f"/customers/{customer.pk}/"
    notice.refresh_from_db()
    assert notice.read_at


CARD = 'href="/followups/view/resellers/?tab=pending">'


def test_home_of_a_distributor_counts_what_waits_at_its_resellers(world, sign_in):
    for state in ("pending", "lapsed"):
        lapsed_at = NOW if state == "lapsed" else None
        customer = Customer.objects.get(number="of-jing")
        make_alert(customer=customer, subject=state, state=state, lapsed_at=lapsed_at)
    page = sign_in(world.zong).get("/").content.decode()
    card = page[page.index(CARD) :]
    assert "云经销商的待处理预警" in card
    assert '<span class="pc-card-count">1</span>' in card[: card.index("</a>")]


@pytest.mark.parametrize("who", ["yun", "jing"])
def test_who_has_no_resellers_has_no_card_of_their_alerts(world, sign_in, who):
    assert "云经销商的待处理预警" not in sign_in(getattr(world, who)).get("/").content.decode()


def test_a_system_admin_may_do_all_but_handle_alerts(world, sign_in):
    admin = make_member(partner=world.reseller, role=SYSTEM_ADMIN)
    assert admin.may("customers.assign") and not admin.may("followups.handle")
    assert sign_in(admin).get(LIST).status_code == 200
