"""The frame and the account's pages in a browser, wide and narrow."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from playwright.sync_api import Page, expect

from activity.services import notify, record
from core.clock import now, today
from tests import factories as f
from tests.conftest import Cast, make_cast
from tests.org import signing as s

from .conftest import NARROW, WIDE

pytestmark = pytest.mark.django_db(transaction=True)
PUBLIC = ["/accounts/login/", "/accounts/password/reset/", "/accounts/signup/"]
OWN = [
    "/org/account/",
    "/org/partners/",
    "/accounts/password/change/",
    "/accounts/2fa/",
    "/accounts/2fa/webauthn/",
    "/accounts/sessions/",
    "/accounts/logout/",
]


@pytest.fixture
def cast(transactional_db: Any) -> Cast:
    cache.clear()
    return make_cast()


def fits(page: Page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_public_pages_fit_and_say_nothing(calm_page, site, cast, size):
    calm_page.set_viewport_size(size)
    for path in PUBLIC:
        calm_page.goto(site + path)
        assert fits(calm_page), path


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_a_persons_own_pages_fit_and_say_nothing(open_as, site, cast, size, language):
    cast.reseller.name = "福州博拓思数字科技有限公司"
    cast.reseller.save()
    notify([cast.yun], "customer.assigned", key="k", at=now(), customer=1)
    page = open_as(cast.yun)
    page.context.add_cookies([{"name": "django_language", "value": language, "url": site}])
    page.set_viewport_size(size)
    for path in OWN:
        page.goto(site + path)
        assert fits(page), path
    page.goto(site + OWN[0])
    avatar = page.locator(".pc-avatar").bounding_box()
    assert avatar and avatar["width"] == avatar["height"]


def give_both_factors(page: Page, site: str, member: Any) -> None:
    s.add_app(member.user)
    page.goto(site + s.LOGIN)
    page.fill("[name=login]", member.user.email)
    page.fill("[name=password]", f.PASSWORD)
    page.press("[name=password]", "Enter")
    page.fill("[name=code]", s.code_now())
    page.press("[name=code]", "Enter")


def test_a_person_signs_in_and_out(calm_page, site, cast):
    give_both_factors(calm_page, site, cast.jing)
    expect(calm_page.locator(".pc-who")).to_contain_text("云帆经销")
    calm_page.click(".pc-who")
    calm_page.click("text=退出登录")
    expect(calm_page.locator("#toasts")).to_contain_text("您已退出登录")
    calm_page.go_back()
    expect(calm_page.locator("[name=login]")).to_be_visible()


def test_a_passkey_is_added_and_signs_in(calm_page, site, cast, settings):
    settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
    devices = calm_page.context.new_cdp_session(calm_page)
    devices.send("WebAuthn.enable")
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": FINGERPRINT})
    give_both_factors(calm_page, site, cast.jing)
    calm_page.goto(site + "/accounts/2fa/webauthn/add/")
    calm_page.click("#passkey_add")
    expect(calm_page.locator("#toasts")).to_contain_text("通行密钥已添加")
    calm_page.click(".pc-who")
    calm_page.click("text=退出登录")
    calm_page.click("text=使用通行密钥登录")
    expect(calm_page.locator(".pc-who")).to_contain_text("云帆经销")


FINGERPRINT = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def test_a_failed_passkey_is_a_notice(calm_page, site, cast):
    devices = calm_page.context.new_cdp_session(calm_page)
    devices.send("WebAuthn.enable")
    devices.send(
        "WebAuthn.addVirtualAuthenticator", {"options": FINGERPRINT | {"isUserVerified": False}}
    )
    calm_page.goto(site + s.LOGIN)
    calm_page.click("text=使用通行密钥登录")
    expect(calm_page.locator(".pc-toast.error")).to_contain_text("未能完成通行密钥验证")


def test_the_menu_opens_on_a_narrow_screen(open_as, site, cast):
    page = open_as(cast.yun)
    page.set_viewport_size(NARROW)
    page.goto(site + "/activity/")
    expect(page.locator(".pc-side")).not_to_be_visible()
    page.click(".pc-burger")
    expect(page.locator(".pc-side")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".pc-side")).not_to_be_visible()


# ---- the drawer ----


@pytest.fixture
def at_customers(open_as, site, cast) -> Page:
    for _ in range(3):
        f.make_customer(manager=cast.jing)
    page = open_as(cast.jing)
    page.goto(site + "/customers/")
    return page


def test_the_drawer_has_its_own_address_and_takes_the_focus(at_customers):
    link = at_customers.locator(".pc-table .name").nth(1)
    link.click()
    expect(at_customers.locator("#drawer h2")).to_be_focused()
    assert at_customers.url.endswith(link.get_attribute("href"))


def test_escape_closes_the_drawer_and_gives_address_and_focus_back(at_customers):
    link = at_customers.locator(".pc-table .name").nth(1)
    link.click()
    expect(at_customers.locator("#drawer h2")).to_be_visible()
    at_customers.keyboard.press("Escape")
    expect(at_customers.locator("#drawer-shell")).not_to_be_visible()
    expect(link).to_be_focused()
    expect(at_customers).to_have_url(re.compile("/customers/$"))


def test_escape_leaves_no_entry_in_the_history(site, at_customers):
    at_customers.goto(site + "/customers/?size=50")
    at_customers.goto(site + "/customers/")
    for _ in range(3):
        at_customers.locator(".pc-table .name").nth(0).click()
        expect(at_customers.locator("#drawer h2")).to_be_visible()
        at_customers.keyboard.press("Escape")
        expect(at_customers).to_have_url(re.compile("/customers/$"))
    at_customers.go_back()
    expect(at_customers).to_have_url(re.compile("size=50$"))


def test_the_back_button_closes_the_drawer_and_keeps_the_list(at_customers):
    at_customers.locator(".pc-table .name").nth(1).click()
    expect(at_customers.locator("#drawer h2")).to_be_visible()
    at_customers.go_back()
    expect(at_customers.locator("#drawer-shell")).not_to_be_visible()
    expect(at_customers.locator(".pc-table .name")).to_have_count(3)


def test_the_focus_stays_in_the_drawer(at_customers):
    at_customers.locator(".pc-table .name").nth(0).click()
    expect(at_customers.locator("#drawer h2")).to_be_visible()
    for _ in range(12):
        at_customers.keyboard.press("Tab")
        assert at_customers.evaluate("!!document.activeElement.closest('#drawer-shell')")


def drawer_of(page: Page, row: int) -> None:
    """The drawer shows this row: its address, and not the rows before it."""
    link = page.locator(".pc-table .name").nth(row)
    expect(page).to_have_url(re.compile(link.get_attribute("href") + "$"))
    expect(page.locator("#drawer h2")).to_have_text(link.inner_text())
    expect(page.locator("#drawer h2")).to_be_focused()


def test_the_drawer_walks_the_rows_of_the_list(at_customers):
    at_customers.locator(".pc-table .name").nth(0).click()
    drawer_of(at_customers, 0)
    previous, following = (at_customers.get_by_role("button", name=n) for n in ("上一条", "下一条"))
    expect(previous).to_be_disabled()
    following.click()
    drawer_of(at_customers, 1)
    following.click()
    drawer_of(at_customers, 2)
    expect(following).to_be_disabled()
    previous.click()
    drawer_of(at_customers, 1)


def test_j_and_k_walk_in_the_drawer_and_the_focus_comes_back_to_the_last_row(at_customers):
    at_customers.locator(".pc-table .name").nth(0).click()
    drawer_of(at_customers, 0)
    for key, row in (("j", 1), ("j", 2), ("j", 2), ("k", 1)):
        at_customers.keyboard.press(key)
        drawer_of(at_customers, row)
    at_customers.keyboard.press("Escape")
    expect(at_customers.locator(".pc-table .name").nth(1)).to_be_focused()


def test_back_leads_from_any_row_to_the_list(at_customers):
    at_customers.locator(".pc-table .name").nth(0).click()
    drawer_of(at_customers, 0)
    at_customers.keyboard.press("j")
    drawer_of(at_customers, 1)
    at_customers.go_back()
    expect(at_customers).to_have_url(re.compile("/customers/$"))
    expect(at_customers.locator("#drawer-shell")).not_to_be_visible()


def test_the_address_of_a_drawer_stands_a_reload_and_leads_back_and_forth(at_customers):
    link = at_customers.locator(".pc-table .name").nth(1)
    href, name = link.get_attribute("href"), link.inner_text()
    link.click()
    drawer_of(at_customers, 1)
    at_customers.reload()
    expect(at_customers.locator("h1")).to_contain_text(name)
    at_customers.go_back()
    expect(at_customers).to_have_url(re.compile("/customers/$"))
    expect(at_customers.locator(".pc-table .name")).to_have_count(3)
    at_customers.go_forward()
    expect(at_customers).to_have_url(re.compile(href + "$"))
    expect(at_customers.locator("h1")).to_contain_text(name)


def test_a_list_that_the_history_brings_back_opens_its_drawer(at_customers):
    at_customers.locator(".pc-sizes a").last.click()
    expect(at_customers).to_have_url(re.compile("size="))
    at_customers.go_back()
    expect(at_customers).to_have_url(re.compile("/customers/$"))
    at_customers.locator(".pc-table .name").nth(0).click()
    drawer_of(at_customers, 0)


def test_j_and_k_walk_a_queue(at_customers):
    names = at_customers.locator(".pc-table .name")
    for key in "jjk":
        at_customers.keyboard.press(key)
    expect(names.nth(0)).to_be_focused()


# ---- what goes wrong is said ----


def test_an_expired_session_sends_a_fragment_to_sign_in(at_customers):
    at_customers.context.clear_cookies()
    at_customers.locator(".pc-table .name").nth(0).click()
    expect(at_customers.locator("[name=login]")).to_be_visible()
    assert "next=%2Fcustomers%2F" in at_customers.url


# ---- what shows, shows whole ----


def test_both_dates_of_a_range_are_read_whole(open_as, site, cast):
    page = open_as(cast.yun)
    page.goto(f"{site}/followups/view/?raised_from=2026-11-20&raised_to=2026-11-30")
    wide = "document.createElement('canvas').getContext('2d')"
    for field in page.locator("input[type=date]:visible").all():
        room, needed = field.evaluate(
            f"""field => {{
                const style = getComputedStyle(field), pen = {wide};
                pen.font = style.font;
                const free = field.clientWidth - parseFloat(style.paddingLeft) * 2 - 20;
                return [free, pen.measureText('2026/11/20').width];
            }}"""
        )
        assert room >= needed


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_a_customers_id_stands_on_one_line(open_as, site, cast, size):
    customer = f.make_customer(manager=cast.jing, number="dbd98a8803a34c96ff6585c24add4923")
    page = open_as(cast.jing)
    page.set_viewport_size(size)
    page.goto(f"{site}/customers/")
    page.locator(".pc-table .name").click()
    drawer = page.locator("#drawer .copy")
    expect(drawer).to_be_visible()
    assert drawer.bounding_box()["height"] < 30
    alert = f.make_alert(customer=customer, scenario="arrears", facts=OWED)
    page.goto(f"{site}/followups/alerts/{alert.pk}/")
    assert page.locator(".alert-detail .copy").bounding_box()["height"] < 30


OWED = {"arrears": "1200.00", "grace": 1, "retention": 0}


def test_names_are_revealed_on_a_narrow_screen(open_as, site, cast):
    f.make_customer(manager=cast.jing, name="深圳云帆科技有限公司")
    page = open_as(cast.jing)
    page.set_viewport_size(NARROW)
    page.goto(f"{site}/customers/")
    page.get_by_role("button", name="显示 客户名称/账号名").click()
    expect(page.locator(".pc-table .name")).to_have_text("深圳云帆科技有限公司")
    assert fits(page)


def test_a_card_shows_no_fact_without_its_label(open_as, site, cast):
    page = open_as(cast.yun)
    page.set_viewport_size(NARROW)
    record("customer.assigned", f.make_customer(manager=cast.jing), by=cast.yun, at=now())
    page.goto(f"{site}/activity/")
    cells = page.locator(".pc-table tbody tr").first.locator("td:visible").all()
    assert len(cells) > 3
    assert all(cell.get_attribute("data-label") for cell in cells)


# ---- asking ----


def test_what_cannot_be_read_is_said_in_place_of_the_rows(open_page, site, cast):
    f.make_customer(manager=cast.jing)
    page = open_page(cast.jing)
    page.goto(f"{site}/customers/")
    page.get_by_role("button", name="展开").click()
    page.fill("[name=spent_min]", "很多")
    page.get_by_role("button", name="查询").click()
    expect(page.locator("#results").get_by_text("“本月消费（元）”请填写数字。")).to_be_visible()
    expect(page.locator(".pc-table tbody tr")).to_have_count(0)
    expect(page.locator(".pc-toast")).to_have_count(0)


def test_an_address_holds_what_was_asked_and_no_more(open_as, site, cast):
    page = open_as(cast.jing)
    page.goto(f"{site}/customers/")
    page.fill("[name=number]", "c-1")
    page.get_by_role("button", name="查询").click()
    expect(page).to_have_url(f"{site}/customers/?number=c-1")


def test_an_expiry_is_asked_for_in_days_to_come(open_as, site, cast):
    page = open_as(cast.jing)
    page.goto(f"{site}/customers/")
    page.get_by_role("button", name="展开").click()
    expiry = page.locator(".pc-field", has_text="资源到期时间")
    expiry.get_by_role("button", name="未来7天").click()
    day = today()
    expect(page).to_have_url(
        f"{site}/customers/?expires_from={day}&expires_to={day + timedelta(days=6)}"
    )
