"""Views, columns and density in a browser: by mouse, by keyboard, without scripts, on a phone."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests import factories as f
from tests.conftest import Cast, make_cast
from workbench.models import Arrangement, SavedView

from .conftest import NARROW

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast(transactional_db: Any) -> Cast:
    cast = make_cast()
    for level in (1, 1, 2):
        f.make_customer(manager=cast.jing, level=level)
    return cast


def rows(page: Page) -> Any:
    return page.locator(".pc-table tbody tr")


def heads(page: Page) -> list[str]:
    return [text.strip() for text in page.locator(".pc-table thead th").all_inner_texts()]


def save_view(page: Page, name: str, *ticked: str) -> None:
    page.locator("#view-save").click()
    page.locator("#view-save").get_by_label("名称").fill(name)
    for box in ticked:
        page.locator("#view-save").get_by_label(box).check()
    page.locator("#view-save").get_by_role("button", name="保存").click()


def test_a_view_is_saved_opened_changed_and_given_up(open_as, site, cast):
    page = open_as(cast.jing)
    page.goto(f"{site}/customers/?level=1")
    save_view(page, "一级客户", "固定在列表上方", "设为默认")
    expect(page.locator(".pc-view[aria-current]")).to_have_text("一级客户")
    expect(page.locator("#view-edit > summary")).to_be_visible()
    page.goto(f"{site}/customers/")
    expect(page).to_have_url(f"{site}/customers/?view={SavedView.objects.get().pk}&level=1")
    expect(rows(page)).to_have_count(2)
    page.get_by_role("link", name="全部", exact=True).click()
    expect(rows(page)).to_have_count(3)
    expect(page.locator("#f-level")).to_have_value("")  # the form follows the address
    page.get_by_role("link", name="一级客户").click()
    expect(page.locator("#f-level")).to_have_value("1")
    if page.locator("#f-level").is_hidden():
        page.get_by_role("button", name="展开").click()
    page.locator("#f-level").select_option("2")
    page.get_by_role("button", name="查询").click()
    expect(page.get_by_text("已修改")).to_be_visible()
    page.get_by_role("button", name="更新为当前条件").click()
    expect(page.get_by_text("已修改")).to_have_count(0)
    assert SavedView.objects.get().query == "level=2"


def test_columns_move_by_keyboard_and_the_focus_stays(open_as, site, cast):
    page = open_as(cast.jing)
    page.goto(f"{site}/customers/")
    page.locator("#list-columns").focus()
    page.keyboard.press("Enter")
    page.locator("#down-association_type").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".pc-table thead th").nth(1)).to_have_text("客户经理")
    expect(page.locator("#down-association_type")).to_be_focused()
    page.locator("#col-email").uncheck()
    expect(page.locator(".pc-table thead th", has_text="邮箱")).to_have_count(0)
    page.locator("#list-pinned").select_option("2")
    expect(page.locator("th.pin-2")).to_have_text("客户经理")
    page.locator(".pc-table-wrap").evaluate("wrap => { wrap.scrollLeft = 400 }")
    left = page.locator(".pc-table-wrap").bounding_box()["x"]
    assert page.locator("th.pin-2").bounding_box()["x"] == pytest.approx(left + 251, abs=2)
    page.keyboard.press("Escape")
    expect(page.locator("#list-columns > summary")).to_be_focused()
    page.locator("#list-density").click()
    expect(page.locator(".pc-table.compact")).to_be_visible()
    assert page.locator(".pc-table tbody tr").first.bounding_box()["height"] <= 33
    kept = Arrangement.objects.get()
    assert (kept.pinned_columns, kept.is_compact) == (2, True)
    assert kept.hidden_columns == ["email"]


def test_all_of_it_works_without_scripts(site, cast, open_as, browser, browser_context_args):
    cookies = open_as(cast.jing).context.cookies()
    context = browser.new_context(**browser_context_args, java_script_enabled=False)
    context.add_cookies(cookies)
    page = context.new_page()
    page.goto(f"{site}/customers/?level=1")
    save_view(page, "一级客户", "固定在列表上方")
    expect(page.locator(".pc-view[aria-current]")).to_have_text("一级客户")
    page.locator("#list-columns").click()
    page.locator("#down-association_type").click()
    expect(page.locator("#list-columns-panel")).to_be_visible()  # it stays open
    assert heads(page)[1] == "客户经理"
    page.locator("#list-density").click()
    expect(page.locator(".pc-table.compact")).to_be_visible()
    context.close()


def test_on_a_phone_the_panels_fit(open_as, site, cast):
    f.make_view(member=cast.jing, name="很长的名称" * 8, query="level=1")
    page = open_as(cast.jing)
    page.set_viewport_size(NARROW)
    page.goto(f"{site}/customers/?view={SavedView.objects.get().pk}&level=1")
    for menu in ("#views-all", "#view-edit", "#view-save", "#list-columns"):
        page.locator(menu).click()
        box = page.locator(f"{menu} > .pc-menu-panel").bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 390, menu
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.keyboard.press("Escape")
    save_view(page, "手机上的视图", "固定在列表上方")
    expect(page.locator(".pc-view[aria-current]")).to_have_text("手机上的视图")
