"""A partner acts for its customer: asked, granted with a code, used, seen live, revoked."""

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from playwright.sync_api import expect

from activity.models import AccountMail
from billing.operations import services
from core import clock
from customers.authorizations.models import Authorization
from org.permissions import PARTNER_ADMIN
from tests import factories as f

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def jing():
    partner = f.make_partner(name="云帆科技", kind="solution_provider")
    f.make_member(partner=partner, role=PARTNER_ADMIN, name="云代")
    return f.make_member(partner=partner, name="经理")


def code_by_mail(theirs):
    """获取验证码, and what the mail says; one a minute, which nobody waits for here."""
    cache.clear()
    theirs.get_by_role("button", name="获取验证码").click()
    expect(theirs.locator("#toasts")).to_contain_text("验证码已发送")
    mail = AccountMail.objects.filter(subject="您的验证码").latest("pk")
    return re.search(r"\d{6}", mail.body)[0]


def test_from_the_request_to_the_revocation(open_as, open_page, site, jing):
    customer = f.make_customer(manager=jing, name="深圳银河数据", association_type="resale")
    soon = clock.today() + timedelta(days=5)
    f.make_resource(customer=customer, name="数据库服务器", expires_on=soon)
    place = f.make_account_user(account=customer.cloud_account, name="王客")

    ours = open_as(jing)
    ours.goto(f"{site}/customers/{customer.pk}/")
    ours.get_by_role("link", name="授权", exact=True).click()
    ours.get_by_role("link", name="申请授权").click()
    ours.get_by_label("我已阅读并同意代客操作承诺书").check()
    ours.get_by_role("button", name="发送申请").click()
    expect(ours.locator("main")).to_contain_text("等待客户处理")

    theirs = open_page(place)
    theirs.goto(f"{site}/my/authorizations/")
    theirs.get_by_role("link", name="处理", exact=True).click()
    code = code_by_mail(theirs)
    grant = theirs.locator("form", has=theirs.get_by_role("button", name="同意授权"))
    grant.get_by_label("我已阅读并同意最终用户授权书").check()
    grant.get_by_label("验证码").fill(code)
    grant.get_by_role("button", name="同意授权").click()
    expect(theirs.locator("#toasts")).to_contain_text("已授权")

    ours.goto(f"{site}/authorizations/customers/{customer.pk}/")
    ours.get_by_role("link", name="代客下单").click()
    ours.get_by_label("事由").fill("续费一个月")
    ours.get_by_role("button", name="进入客户账号").click()
    banner = ours.get_by_role("region", name="代客操作")
    expect(banner).to_contain_text("每一步操作都会记录")
    ours.get_by_role("link", name="续费", exact=True).click()
    ours.get_by_role("button", name="续费", exact=True).click()
    expect(ours.locator("main")).to_contain_text("续费 · 数据库服务器")
    ours.goto(f"{site}/customers/")
    expect(banner).to_be_visible()

    services.run_due(at=clock.now())
    theirs.goto(f"{site}/my/operations/")
    expect(theirs.locator("main")).to_contain_text("续费资源 · 数据库服务器")
    expect(theirs.locator("main")).to_contain_text("已续费至")

    theirs.goto(f"{site}/my/authorizations/{Authorization.objects.get().pk}/")
    code = code_by_mail(theirs)
    theirs.get_by_label("原因").fill("不再需要")
    theirs.get_by_label("验证码").fill(code)
    theirs.get_by_role("button", name="撤销授权").click()
    expect(theirs.locator("#toasts")).to_contain_text("授权已撤销")

    ours.goto(f"{site}/operations/")
    expect(ours.locator("#toasts")).to_contain_text("代客操作已结束：授权已结束")
    expect(banner).to_be_hidden()
