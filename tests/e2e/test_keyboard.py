"""Work without a mouse: queues by J, K, Enter and Esc, and where the focus is afterwards."""

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from customers.models import Customer
from followups.models import Alert
from tests import factories as f
from tests.conftest import Cast, make_cast

pytestmark = pytest.mark.django_db(transaction=True)
OWED = {"arrears": "1200.00", "grace": 1, "retention": 0}


@pytest.fixture
def cast(transactional_db: Any) -> Cast:
    return make_cast()


def tab_to(page: Page, target: Locator, most: int = 40, key: str = "Tab") -> None:
    """As a person without a mouse gets there: nothing on the way holds the focus."""
    for _ in range(most):
        if target.evaluate("each => each === document.activeElement"):
            return
        page.keyboard.press(key)
    raise AssertionError(f"{target} is not reached by {most} × {key}")


def rings(target: Locator) -> bool:
    """Whether the focused element shows that it is."""
    return target.evaluate(
        "each => { const look = getComputedStyle(each);"
        " return look.outlineStyle !== 'none' && parseFloat(look.outlineWidth) >= 2 }"
    )


def test_the_skip_link_comes_first_and_leads_past_the_menu(open_as, site, cast):
    page = open_as(cast.jing)
    page.goto(f"{site}/customers/")
    page.keyboard.press("Tab")
    skip = page.locator(".pc-skip")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    inside = "document.querySelector('main').contains(document.activeElement)"
    assert page.evaluate(inside)


def test_an_alert_is_handled_without_a_mouse_and_the_queue_goes_on(open_as, site, cast):
    alerts = [
        f.make_alert(customer=f.make_customer(manager=cast.jing), scenario="arrears", facts=OWED)
        for _ in range(3)
    ]
    page = open_as(cast.jing)
    page.goto(f"{site}/followups/handle/")
    rows = page.locator("tbody tr")
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(rows.nth(1).locator("a").first).to_be_focused()
    assert rings(rows.nth(1).locator("a").first)
    page.keyboard.press("k")
    expect(rows.nth(0).locator("a").first).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    drawer = page.locator("#drawer")
    expect(drawer.get_by_role("heading").first).to_be_focused()
    tab_to(page, drawer.get_by_label("已续费"))
    page.keyboard.press("Space")
    tab_to(page, drawer.get_by_label("处理措施/说明"))
    page.keyboard.type("客户已付款")
    tab_to(page, drawer.get_by_role("button", name="提交"))
    page.keyboard.press("Enter")
    expect(rows).to_have_count(2)
    assert Alert.objects.filter(pk=alerts[1].pk, state="handled").exists()
    # The row is gone: the one that took its place is next.
    expect(rows.nth(1).locator("a").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(drawer.get_by_role("heading").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(rows.nth(1).locator("a").first).to_be_focused()


def test_tabs_and_pages_keep_the_focus(open_as, site, cast):
    for _ in range(12):
        f.make_alert(customer=f.make_customer(manager=cast.jing), scenario="arrears", facts=OWED)
    page = open_as(cast.jing)
    page.goto(f"{site}/followups/handle/?size=10")
    page.get_by_role("link", name=re.compile("^已处理")).focus()
    page.keyboard.press("Enter")
    expect(page.locator(".pc-tabs [aria-current]")).to_have_text(re.compile("已处理"))
    expect(page.locator(".pc-tabs [aria-current]")).to_be_focused()
    page.get_by_role("link", name=re.compile("^待处理")).focus()
    page.keyboard.press("Enter")
    expect(page.locator("tbody tr")).to_have_count(10)
    page.get_by_role("link", name="下一页").focus()
    page.keyboard.press("Enter")
    expect(page.locator("tbody tr")).to_have_count(2)
    # There is no next page: the rows are what was asked for.
    expect(page.locator(".pc-table-wrap")).to_be_focused()
    page.keyboard.press("j")
    expect(page.locator("tbody tr").first.locator("a").first).to_be_focused()


def test_customers_are_assigned_together_without_a_mouse(open_as, site, cast):
    for _ in range(3):
        f.make_customer(partner=cast.reseller)
    page = open_as(cast.yun)
    page.goto(f"{site}/customers/")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator(".pc-batch-told")).to_have_text("已选 2 项")
    assign = page.get_by_role("button", name="批量分配客户经理")
    tab_to(page, assign, key="Shift+Tab")
    assert rings(assign)
    page.keyboard.press("Enter")
    manager = page.get_by_label("客户经理")
    expect(page.get_by_text("共 2 项")).to_be_visible()
    tab_to(page, manager)
    page.keyboard.press("ArrowDown")
    tab_to(page, page.get_by_role("button", name="下一步：预览"))
    page.keyboard.press("Enter")
    confirm = page.get_by_role("button", name="确认执行 2 项")
    expect(confirm).to_be_visible()
    tab_to(page, confirm)
    page.keyboard.press("Enter")
    expect(page.get_by_text("排队中")).to_be_visible()
    assert not Customer.objects.filter(account_manager=cast.jing).exists()  # the worker's turn


def test_deleting_a_view_leaves_the_focus_at_the_views(open_as, site, cast):
    view = f.make_view(member=cast.jing, name="一级客户", query="level=1")
    page = open_as(cast.jing)
    page.goto(f"{site}/customers/?view={view.pk}&level=1")
    page.locator("#view-edit > summary").focus()
    page.keyboard.press("Enter")
    tab_to(page, page.locator("#view-edit .pc-view-delete summary"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("button", name="确认删除"))
    page.keyboard.press("Enter")
    expect(page.locator("#view-edit")).to_have_count(0)
    expect(page.locator("#view-save")).to_be_focused()
