"""The account manager's morning: sign in with both factors, find, handle, leave."""

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from playwright.sync_api import expect

from core.clock import now
from followups.models import Alert
from tests import factories as f
from tests.org.signing import SECRET, code_now

pytestmark = pytest.mark.django_db(transaction=True)
DROP = {"recent_days": 7, "base_days": 30, "recent_daily": "1.00", "base_daily": "50.00"}


@pytest.fixture
def jing():
    user = f.make_user(name="经理", email="jing@example.com", factor=False)
    TOTP.activate(user, SECRET)
    return f.make_member(partner=f.make_partner(name="云帆经销"), user=user)


@pytest.fixture
def alert(jing) -> Alert:
    f.make_customer(manager=jing, name="北京银河数据有限公司")
    customer = f.make_customer(manager=jing, name="深圳云帆科技有限公司")
    facts = DROP | {"drop": 98, "unpriced": 0}
    return f.make_alert(customer=customer, facts=facts, raised_at=now())


def test_from_sign_in_with_totp_to_a_handled_alert_and_out(calm_page, site, jing, alert):
    page = calm_page
    page.goto(f"{site}/customers/")
    page.get_by_label("账号").fill("jing@example.com")
    page.get_by_label("密码").fill(f.PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()
    page.locator("[name=code]").fill(code_now())
    page.locator("[name=code]").press("Enter")

    expect(page.locator("h1")).to_have_text("客户管理")
    expect(page.locator("tbody tr")).to_have_count(2)
    page.get_by_role("textbox", name="客户名称/账号名").fill("云帆")
    page.get_by_role("button", name="查询").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    page.locator("tbody tr a.name").click()
    expect(page.locator("#drawer")).to_contain_text("待处理预警")
    page.keyboard.press("Escape")

    page.get_by_role("link", name="处理预警").first.click()
    page.locator(f"#row-{alert.pk}").get_by_role("link", name="处理", exact=True).click()
    drawer = page.locator("#drawer")
    drawer.get_by_label("未流失", exact=True).check()
    drawer.get_by_label("未流失原因").select_option(label="季节性波动")
    drawer.get_by_label("处理措施/说明").fill("已联系客户，下月恢复。")
    drawer.get_by_role("button", name="提交").click()
    expect(page.locator("#results")).to_contain_text("没有需要您处理的预警")
    page.get_by_role("link", name="已处理").click()
    expect(page.locator("tbody tr")).to_contain_text("已处理")

    page.locator(".pc-top .pc-menu summary").click()
    page.get_by_role("button", name="退出登录").click()
    page.wait_for_url("**/accounts/login/**")
    page.go_back()
    page.reload()
    expect(page.get_by_role("button", name="登录", exact=True)).to_be_visible()
