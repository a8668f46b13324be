"""搜索: one box over customers, alerts, people and pages, in the searcher's scope only."""

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.search import initials
from partnercenter import finding
from partnercenter.menu import ACCOUNT, SECTIONS
from tests.factories import NOW, make_alert, make_customer, make_member
from tests.lists.test_query_counts import _OF_TESTS, MOST

pytestmark = pytest.mark.django_db
PART = {"HX-Request": "true", "HX-Current-URL": "http://testserver/"}


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def search(sign_in):
    def search(who, text, **headers):
        response = sign_in(who).get("/search/", {"q": text}, headers=headers)
        assert response.status_code == 200
        return response.content.decode()

    return search


def part(search, who, text):
    return search(who, text, **PART)


@pytest.mark.parametrize("text", ["银河", "byyh", "bjyh", "galaxy_acc", "cust777", "13900001234"])
def test_a_customer_is_found_by_name_initials_account_number_and_phone(search, cast, text):
    customer = make_customer(
        manager=cast.jing,
        name="北京银河数据",
        account_name="galaxy_acc",
        number="cust777",
        phone="13900001234",
    )
    answer = part(search, cast.jing, text)
    assert (f"/customers/{customer.pk}/" in answer) == (text != "byyh")


def test_names_are_masked_as_in_the_lists(search, cast):
    make_customer(manager=cast.jing, name="北京银河数据")
    answer = part(search, cast.jing, "银河")
    assert "北***据" in answer and "北京银河数据" not in answer


def test_only_the_own_scope_is_searched(search, cast):
    hidden = [
        make_customer(manager=cast.other, name="北京银河数据", number="cust778"),
        make_customer(partner=cast.stranger, name="上海银河数据", number="cust779"),
    ]
    alerts = [make_alert(customer=each) for each in hidden]
    for text in ("银河", "cust778", "cust779"):
        answer = part(search, cast.jing, text)
        assert not any(f"/customers/{each.pk}/" in answer for each in hidden)
        assert not any(f"/alerts/{each.pk}/" in answer for each in alerts)


def test_alerts_of_the_customers_found_are_found(search, cast):
    alert = make_alert(customer=make_customer(manager=cast.jing, name="北京银河数据"))
    answer = part(search, cast.jing, "银河")
    assert f"/followups/alerts/{alert.pk}/" in answer


def test_an_alert_is_found_by_its_resource(search, cast):
    alert = make_alert(
        customer=make_customer(manager=cast.jing), scenario="expiring", subject="ecs-4711"
    )
    assert f"/followups/alerts/{alert.pk}/" in part(search, cast.jing, "ecs-4711")


def test_a_role_without_alerts_finds_none(search, cast):
    make_alert(customer=make_customer(partner=cast.reseller, name="北京银河数据"))
    assert "预警</h2>" not in part(search, cast.cai, "银河")


def test_five_of_a_group_are_shown_and_the_rest_is_a_filtered_list(search, cast):
    for _ in range(7):
        make_customer(manager=cast.jing, name="北京银河数据")
    answer = part(search, cast.jing, "银河")
    assert answer.count("北***据") == 5
    assert "/customers/?name=%E9%93%B6%E6%B2%B3" in answer and "全部 7 条" in answer


def test_counting_stops(search, cast, monkeypatch):
    monkeypatch.setattr(finding, "COUNTED", 6)
    for _ in range(8):
        make_alert(customer=make_customer(manager=cast.jing, name="北京银河数据"))
    answer = part(search, cast.jing, "银河")
    assert "全部 6+ 条" in answer
    assert "/followups/view/?tab=all&amp;name=" in answer and "查看全部" in answer


def test_colleagues_are_found_by_who_may_read_the_log(search, cast):
    assert "manager=%E7%BB%8F%E7%90%86" in part(search, cast.yun, "经理")
    assert "person=%E8%B4%A2%E5%8A%A1" in part(search, cast.yun, "财务")
    assert "人员</h2>" not in part(search, cast.jing, "同事")


def test_a_director_finds_the_own_team_and_no_strangers(search, cast):
    make_member(partner=cast.stranger, name="经理旁人")
    answer = part(search, cast.zhuguan, "经理")
    assert "manager=%E7%BB%8F%E7%90%86" in answer and "旁人" not in answer
    assert "人员</h2>" not in part(search, cast.zhuguan, "同事")


@pytest.mark.parametrize("text", ["客户管理", "KHGL", "Customer m"])
def test_a_page_is_found_by_either_name_and_by_initials(search, cast, text):
    assert 'href="/customers/"' in part(search, cast.jing, text)


def test_a_page_that_may_not_be_opened_is_not_found(search, cast):
    assert "/activity/" in part(search, cast.yun, "操作日志")
    assert 'href="/activity/"' not in part(search, cast.jing, "操作日志")


def test_nothing_typed_shows_the_pages(search, cast):
    answer = part(search, cast.jing, "  ")
    assert 'href="/customers/"' in answer and 'href="/jobs/"' in answer


def test_one_character_looks_through_the_pages_only(search, cast):
    make_customer(manager=cast.jing, name="客户甲公司")
    answer = part(search, cast.jing, "客")
    assert "请至少输入 2 个字符" in answer and 'href="/customers/"' in answer
    assert "客***司" not in answer


def test_nothing_found_is_said(search, cast):
    assert "没有找到匹配的内容" in part(search, cast.jing, "不存在的公司<b>")


def test_without_javascript_it_is_a_page_with_links(search, cast):
    make_customer(manager=cast.jing, name="北京银河数据")
    page = search(cast.jing, "银河")
    assert "<h1>搜索</h1>" in page and "北***据" in page and 'value="银河"' in page
    results = page[page.index("<h1>") : page.index("</main>")]
    assert 'role="option"' not in results


def test_in_the_dialog_results_are_a_listbox(search, cast):
    answer = part(search, cast.jing, "khgl")
    assert 'role="listbox"' in answer and 'role="option"' in answer and "<html" not in answer


@pytest.mark.parametrize("text", ["银河", "zzz123", "cust777", "客户管理"])
def test_a_search_asks_at_most_twelve_statements(sign_in, cast, text):
    client = sign_in(cast.yun)
    for _ in range(7):
        make_alert(customer=make_customer(partner=cast.reseller, name="北京银河数据"))
    make_customer(partner=cast.reseller, number="cust777")
    client.get("/search/", headers=PART)
    with CaptureQueriesContext(connection) as captured:
        client.get("/search/", {"q": text}, headers=PART)
    assert sum(not each["sql"].startswith(_OF_TESTS) for each in captured) <= MOST


def test_every_page_of_the_menu_has_its_initials():
    entries = [
        entry
        for section in (*SECTIONS, ACCOUNT)
        for group in section.groups
        if group.audience != "vendor"
        for entry in group.entries
    ]
    wanted = {entry.url_name: initials(str(entry.label)) for entry in entries}
    assert wanted == finding.INITIALS
