"""Handling an alert in a browser: in the drawer, on a page of its own, by keyboard."""

import pytest
from playwright.sync_api import expect

from core.clock import now
from followups.models import Alert
from tests import factories as f
from tests.conftest import Cast, make_cast

from .conftest import NARROW, WIDE

pytestmark = pytest.mark.django_db(transaction=True)
DROP = {
    "recent_days": 7,
    "base_days": 30,
    "recent_daily": "12.30",
    "base_daily": "120.00",
    "drop": 90,
    "unpriced": 0,
}
OWED = {"arrears": "1200.00", "grace": 1, "retention": 0}


@pytest.fixture
def cast(transactional_db) -> Cast:
    return make_cast()


@pytest.fixture
def churn(cast) -> Alert:
    customer = f.make_customer(manager=cast.jing)
    return f.make_alert(customer=customer, facts=DROP, raised_at=now())


@pytest.fixture
def owed(cast) -> Alert:
    customer = f.make_customer(manager=cast.jing)
    return f.make_alert(customer=customer, scenario="arrears", facts=OWED, raised_at=now())


def fits(page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_an_alert_is_handled_in_the_drawer_and_leaves_the_queue(
    open_as, site, cast, churn, owed, size, tmp_path
):
    file = tmp_path / "通话记录.pdf"
    file.write_bytes(b"%PDF-1.7\n%%EOF")
    page = open_as(cast.jing)
    page.set_viewport_size(size)
    page.goto(f"{site}/followups/handle/")
    expect(page.locator("tbody tr")).to_have_count(2)
    page.locator(f"#row-{churn.pk}").get_by_role("link", name="处理", exact=True).click()
    drawer = page.locator("#drawer")
    expect(drawer.get_by_text("下降 90%").first).to_be_visible()
    expect(page).to_have_url(f"{site}/followups/alerts/{churn.pk}/")
    expect(drawer.get_by_text("流失原因", exact=True)).not_to_be_visible()
    drawer.get_by_label("已流失", exact=True).check()
    drawer.get_by_label("价格").check()
    drawer.get_by_label("否", exact=True).check()
    drawer.get_by_label("处理措施/说明").fill("已转至友商")
    drawer.get_by_label("附件").set_input_files(file)
    assert fits(page)
    drawer.get_by_role("button", name="提交").click()
    expect(page.get_by_text("预警已处理。")).to_be_visible()
    expect(page.locator('.pc-toast.success use[href$="#circle-check"]')).to_be_visible()
    expect(drawer).not_to_be_visible()
    expect(page).to_have_url(f"{site}/followups/handle/")
    expect(page.locator(f"#row-{churn.pk}")).to_have_count(0)
    churn.refresh_from_db()
    assert (churn.handling.outcome, churn.handling.attachments.count()) == ("lost", 1)


def test_the_next_alert_is_one_key_away_and_typing_stays_typing(open_as, site, cast, churn, owed):
    page = open_as(cast.jing)
    page.goto(f"{site}/followups/handle/")
    page.get_by_role("link", name="处理", exact=True).first.click()
    drawer = page.locator("#drawer")
    expect(page).to_have_url(f"{site}/followups/alerts/{owed.pk}/")
    drawer.get_by_label("处理措施/说明").press_sequentially("jk")
    expect(drawer.get_by_label("处理措施/说明")).to_have_value("jk")
    drawer.get_by_role("heading").first.focus()
    page.keyboard.press("j")
    expect(page).to_have_url(f"{site}/followups/alerts/{churn.pk}/")
    expect(drawer.get_by_text("下降 90%").first).to_be_visible()


def test_an_incomplete_answer_is_said_beside_its_field(open_page, site, cast, churn):
    page = open_page(cast.jing)
    page.goto(f"{site}/followups/handle/")
    page.get_by_role("link", name="处理", exact=True).click()
    drawer = page.locator("#drawer")
    drawer.get_by_label("已流失", exact=True).check()
    drawer.get_by_label("处理措施/说明").fill("打过电话")
    drawer.get_by_role("button", name="提交").click()
    expect(drawer.get_by_text("请选择至少一个流失原因。")).to_be_visible()
    expect(drawer.get_by_label("处理措施/说明")).to_have_value("打过电话")


def test_a_stale_drawer_keeps_what_was_typed(open_page, site, cast, owed):
    page = open_page(cast.jing)
    page.goto(f"{site}/followups/handle/")
    page.get_by_role("link", name="处理", exact=True).click()
    drawer = page.locator("#drawer")
    drawer.get_by_label("已续费").check()
    drawer.get_by_label("处理措施/说明").fill("客户已付款")
    Alert.objects.filter(pk=owed.pk).update(state="lapsed", lapsed_at=now())
    drawer.get_by_role("button", name="提交").click()
    expect(page.get_by_text("该预警已失效，无需处理。")).to_be_visible()
    expect(drawer.get_by_label("处理措施/说明")).to_have_value("客户已付款")


def test_the_page_of_an_alert_is_worked_by_keyboard(open_as, site, cast, owed):
    page = open_as(cast.jing)
    page.goto(f"{site}/followups/alerts/{owed.pk}/")
    page.get_by_label("客户已知悉").focus()
    page.keyboard.press("Space")
    page.get_by_label("处理措施/说明").focus()
    page.keyboard.type("月底付款")
    page.get_by_role("button", name="提交").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{site}/followups/handle/")
    expect(page.get_by_text("预警已处理。")).to_be_visible()


def test_handling_works_without_javascript(open_page, site, cast, churn):
    page = open_page(cast.jing, java_script_enabled=False)
    page.goto(f"{site}/followups/handle/")
    page.get_by_role("link", name="处理", exact=True).click()
    page.get_by_label("未流失", exact=True).check()
    page.get_by_label("未流失原因").select_option("seasonal")
    page.get_by_label("处理措施/说明").fill("季节性波动")
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_text("预警已处理。")).to_be_visible()


def test_a_viewer_sees_why_the_button_is_off(open_as, site, cast, churn):
    page = open_as(cast.yun)
    page.goto(f"{site}/followups/view/")
    page.get_by_role("link", name="查看", exact=True).click()
    drawer = page.locator("#drawer")
    expect(drawer.get_by_role("button", name="处理", exact=True)).to_be_disabled()
    drawer.get_by_text("为什么", exact=True).click()
    expect(drawer.get_by_text("请联系客户经理经理").first).to_be_visible()
