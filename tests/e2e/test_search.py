"""Search and announcements in a browser: by keyboard, on a phone, without a word in the console."""

import re
from typing import Any

import pytest
from django.core.cache import cache
from playwright.sync_api import Page, expect

from core.clock import now
from tests import factories as f
from tests.conftest import Cast, make_cast

from .conftest import NARROW

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast(transactional_db: Any) -> Cast:
    cache.clear()
    cast = make_cast()
    for n in range(7):
        customer = f.make_customer(manager=cast.jing, name=f"北京银河数据{n}")
        f.make_alert(customer=customer, raised_at=now())
    return cast


def chosen(page: Page) -> Any:
    return page.locator("#search [role=option][aria-selected=true]")


def test_search_by_keyboard(open_as, site, cast):
    page = open_as(cast.jing)
    page.goto(f"{site}/jobs/")
    opener = page.locator("[data-search-open]")
    opener.focus()
    page.keyboard.press("Control+k")
    expect(page.locator("#search-text")).to_be_focused()
    expect(page.get_by_role("option", name=re.compile("客户管理"))).to_be_visible()
    page.keyboard.type("银河")
    expect(page.get_by_role("option", name="全部 7 条").first).to_be_visible()
    expect(chosen(page)).to_have_count(1)
    active = page.locator("#search-text").get_attribute("aria-activedescendant")
    assert chosen(page).get_attribute("id") == active
    for _ in range(5):
        page.keyboard.press("ArrowDown")
    expect(chosen(page)).to_have_text("全部 7 条")
    page.keyboard.press("Escape")
    expect(page.locator("#search")).to_be_hidden()
    expect(opener).to_be_focused()
    page.keyboard.press("Control+k")
    page.keyboard.type("khgl")
    expect(chosen(page)).to_contain_text("客户管理")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{site}/customers/")


def test_an_answer_to_what_was_typed_before_is_not_opened(open_as, site, cast):
    page = open_as(cast.jing)
    page.goto(f"{site}/jobs/")
    page.keyboard.press("Control+k")
    page.keyboard.type("khgl")
    expect(chosen(page)).to_contain_text("客户管理")
    page.keyboard.type("x")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{site}/search/?q=khglx")
    expect(page.get_by_text("没有找到匹配的内容")).to_be_visible()


def test_search_and_an_important_announcement_on_a_phone(open_as, site, cast):
    f.make_announcement(title="本周日停机维护", level="important", published_at=now())
    page = open_as(cast.jing)
    page.set_viewport_size(NARROW)
    page.goto(f"{site}/customers/")
    expect(page.get_by_role("region", name="重要公告")).to_contain_text("本周日停机维护")
    page.locator("[data-search-open]").click()
    box = page.locator("#search").bounding_box()
    assert (box["x"], box["y"], box["width"]) == (0, 0, NARROW["width"])
    page.keyboard.type("银河")
    page.get_by_role("option", name="全部 7 条").first.wait_for()
    page.get_by_role("dialog").get_by_role("button", name="关闭").click()
    page.get_by_role("button", name="关闭并标为已读").click()
    expect(page).to_have_url(f"{site}/customers/")
    expect(page.get_by_role("region", name="重要公告")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
