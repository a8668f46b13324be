"""WCAG 2.2 AA of what opens on a page: menus, panels, the drawer, the batch bar; and in English."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings as project
from django.test import Client
from playwright.sync_api import Page, expect

from org.models import Member
from tests import factories as f
from tests.conftest import Cast, make_cast

from .axe import findings
from .conftest import NARROW, WIDE

pytestmark = pytest.mark.django_db(transaction=True)
OWED = {"arrears": "1200.00", "grace": 1, "retention": 0}
Act = Callable[[Page], Any]


def opened(selector: str) -> Act:
    def open_panel(page: Page) -> None:
        page.locator(selector).click()
        expect(page.locator(f"{selector} > .pc-menu-panel")).to_be_visible()

    return open_panel


def ticked(page: Page) -> None:
    page.locator(".pick").first.check()
    expect(page.locator("#batch")).to_be_visible()


def expanded(page: Page) -> None:
    page.locator(".pc-expand").click()


def in_drawer(*summaries: str) -> Act:
    def open_drawer(page: Page) -> None:
        page.locator('tbody a[hx-get$="drawer=1"]').first.click()
        expect(page.locator("#drawer").get_by_role("heading").first).to_be_focused()
        for summary in summaries:
            page.locator(f"#drawer {summary} summary").first.click()

    return open_drawer


def narrow_menu(page: Page) -> None:
    if page.locator(".pc-burger").is_visible():
        page.locator(".pc-burger").click()


CUSTOMERS, ALERTS = "/customers/?view=0&level=1", "/followups/handle/"
STATES: list[tuple[str, str, Act]] = [
    ("export menu", CUSTOMERS, opened("#list-export")),
    ("columns", CUSTOMERS, opened("#list-columns")),
    ("save a view", CUSTOMERS, opened("#view-save")),
    ("all views", CUSTOMERS, opened("#views-all")),
    ("conditions", CUSTOMERS, expanded),
    ("batch bar", CUSTOMERS, ticked),
    ("customer", CUSTOMERS, in_drawer(".pc-notes")),
    ("account menu", CUSTOMERS, lambda page: page.locator(".pc-who").click()),
    ("section menu", CUSTOMERS, narrow_menu),
    ("alert", ALERTS, in_drawer(".alert-snooze")),
    ("batch of alerts", ALERTS, ticked),
    ("no rows", "/customers/?number=none", lambda page: None),
]


@pytest.fixture
def cast(transactional_db: Any) -> Cast:
    cast = make_cast()
    customer = f.make_customer(manager=cast.jing, level=1, number="5f" * 16)
    label = f.make_label(by=cast.yun, name="重点客户", colour="red")
    f.put_label(customer=customer, label=label)
    f.make_alert(customer=customer, scenario="arrears", facts=OWED)
    f.make_view(member=cast.jing, name="一级客户", query="level=1")
    return cast


@pytest.fixture
def looked_at(browser: Any, site: str) -> Any:
    """A page that axe-core may write into, with that member signed in."""

    def sign_in(member: Member, **options: Any) -> Page:
        client = Client()
        client.force_login(member.user)
        name = project.SESSION_COOKIE_NAME
        context = browser.new_context(bypass_csp=True, **options)
        context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": site}])
        return context.new_page()

    return sign_in


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_what_opens_is_accessible_and_fits(looked_at, site, cast, size):
    page = looked_at(cast.jing, viewport=size, locale="zh-CN")
    found = []
    for name, path, act in STATES:
        page.goto(site + path)
        act(page)
        found += [f"{name}: {each}" for each in findings(page)]
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(f"{name} is wider than the screen")
    assert found == [], "\n".join(found)


def test_in_english_the_pages_say_so_and_are_accessible(looked_at, site, cast):
    page = looked_at(cast.jing, viewport=WIDE, locale="en-GB")
    found = []
    for path in (CUSTOMERS, ALERTS, "/jobs/", "/activity/notifications/settings/"):
        page.goto(site + path)
        assert page.evaluate("document.documentElement.lang") == "en"
        frame = page.title() + page.locator(".pc-side").inner_text()
        assert not re.search(r"[\u4e00-\u9fff]", frame), frame
        found += [f"{path}: {each}" for each in findings(page)]
    assert found == [], "\n".join(found)
