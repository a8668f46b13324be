"""The operator's morning: sign in with both factors, deliver a bill, try a rule out, leave."""

from pathlib import Path

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.core.cache import cache
from playwright.sync_api import expect

from core.clock import today
from tests import factories as f
from tests.billing.focus_files import SAMPLE, charge, focus_csv
from tests.org.signing import SECRET, code_now

from .conftest import NARROW, WIDE

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def operator(transactional_db):
    cache.clear()  # a code is good once
    user = f.make_vendor_user(name="运营", email="operator@example.com", factor=False)
    TOTP.activate(user, SECRET)
    return user


@pytest.fixture
def owed(transactional_db):
    """Somebody whom the rule of arrears finds."""
    f.make_complete(day=today(), days=2)
    return f.make_customer(arrears="120.00", number="owes-money")


@pytest.fixture
def bill(tmp_path: Path) -> Path:
    """The real sample where it is at hand, else a small file of the same kind."""
    if SAMPLE.exists():
        return SAMPLE
    small = tmp_path / "bill.csv"
    small.write_bytes(focus_csv(*(charge(ChargeDescription=f"line {n}") for n in range(20))))
    return small


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_from_sign_in_to_a_delivered_bill_and_a_rule_tried_out(
    calm_page, site, operator, owed, bill, size
):
    page = calm_page
    page.set_viewport_size(size)
    page.goto(f"{site}/admin/")
    page.get_by_label("账号").fill("operator@example.com")
    page.get_by_label("密码").fill(f.PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()
    page.locator("[name=code]").fill(code_now())
    page.locator("[name=code]").press("Enter")
    page.wait_for_url(f"{site}/admin/")

    page.goto(f"{site}/admin/billing/consumptionfile/add/")
    page.set_input_files("[name=file]", bill)
    page.locator("[name=_save]").click()
    expect(page.locator(".messagelist")).to_contain_text("已导入")

    page.goto(f"{site}/admin/followups/rule/")
    page.get_by_role("link", name="已欠费/宽限期").first.click()
    page.get_by_role("link", name="试运行").click()
    page.fill("[name=day]", today().isoformat())
    page.locator("#content input[type=submit]").first.click()
    expect(page.locator("#content")).to_contain_text("owes-money")

    page.goto(f"{site}/org/account/")
    page.locator("header summary").click()
    page.get_by_role("button", name="退出登录").click()
    page.wait_for_url("**/accounts/login/**")
    kept = page.evaluate("({...sessionStorage, ...localStorage})")
    assert kept in ({}, {"htmx-current-path-for-history": "/accounts/login/"})
    page.go_back()
    page.reload()
    expect(page.get_by_role("button", name="登录", exact=True)).to_be_visible()
