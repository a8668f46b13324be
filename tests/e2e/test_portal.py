"""A customer opens a link, registers, accepts and answers; and the partner's side of it."""

import pytest
from playwright.sync_api import expect

from activity.models import AccountMail
from associations import links
from associations.models import AssociationChange
from core.clock import now
from customers.models import Customer
from org.permissions import PARTNER_ADMIN
from tests import factories as f

pytestmark = pytest.mark.django_db(transaction=True)
COMPANY = "深圳云帆科技有限公司"


@pytest.fixture
def jing():
    partner = f.make_partner(name="云帆经销")
    f.make_member(partner=partner, role=PARTNER_ADMIN, name="云代")
    return f.make_member(partner=partner, name="经理")


def test_from_a_link_to_a_customer(calm_page, site, jing):
    page, invitation = calm_page, f.make_invitation(by=jing, label="展会")
    page.goto(f"{site}{links.address_of(invitation)}")
    expect(page.locator("main")).to_contain_text("云帆经销")
    page.get_by_label("邮箱").fill("new@example.com")
    page.get_by_role("button", name="获取注册邮件").click()
    expect(page.locator("h1")).to_have_text("请查收邮件")
    letter = AccountMail.objects.get().body.split("letter=")[1].strip()
    page.goto(f"{site}{links.register_address(links.token_of(invitation))}?letter={letter}")
    page.get_by_label("客户名称").fill(COMPANY)
    page.get_by_label("您的姓名").fill("王客")
    page.get_by_label("设置密码").fill(f.PASSWORD)
    page.get_by_label("我已阅读并同意").check()
    page.get_by_role("button", name="注册并继续").click()

    expect(page.locator("main")).to_contain_text("客户关联合作伙伴须知")
    page.get_by_label("我已了解以上影响").check()
    page.get_by_role("button", name="接受邀请").click()
    expect(page.locator("h1")).to_have_text("我的合作伙伴")
    expect(page.locator("main")).to_contain_text("云帆经销")
    expect(page.locator("main")).to_contain_text("代售")
    assert Customer.objects.get(name=COMPANY).account_manager == jing


def test_a_customer_answers_its_partner_and_is_told(open_as, site, jing):
    customer = f.make_customer(manager=jing, name=COMPANY, association_type="resale")
    place = f.make_account_user(account=customer.cloud_account, name="王客")
    change = f.make_change(
        customer=customer, reason="业务调整", asked_at=now(), answer_by=f.NOW.replace(year=2100)
    )
    page = open_as(place.user)
    page.goto(f"{site}/my/")
    page.get_by_role("link", name="立即处理").click()
    expect(page.locator("main")).to_contain_text("账号检查")
    page.get_by_label("意见").fill("合同未到期")
    page.get_by_role("button", name="拒绝").click()
    expect(page.locator("#toasts")).to_contain_text("已拒绝")
    change.refresh_from_db()
    assert (change.state, change.comment) == ("rejected", "合同未到期")
    page.get_by_role("link", name="消息").first.click()
    expect(page.locator("main")).to_contain_text("关联申请已被拒绝")


def test_the_partner_invites_and_ends_an_association(open_as, site, jing):
    customer = f.make_customer(manager=jing, name=COMPANY, association_type="resale")
    page = open_as(jing)
    page.goto(f"{site}/associations/invitations/")
    page.get_by_role("link", name="生成链接和二维码").first.click()
    page.get_by_label("自定义标签").fill("展会")
    page.get_by_role("button", name="生成", exact=True).click()
    expect(page.locator("img.pc-qr")).to_be_visible()
    expect(page.locator(".pc-invite-link")).to_contain_text("/my/invitations/")

    yun = jing.partner.members.get(roles=[PARTNER_ADMIN])
    page = open_as(yun)
    page.goto(f"{site}/customers/{customer.pk}/")
    page.get_by_role("link", name="关联", exact=True).click()
    page.get_by_role("link", name="解除关联").click()
    expect(page.locator("main")).to_contain_text("完成后的影响")
    page.get_by_label("原因").fill("业务调整")
    page.get_by_label("我已了解以上影响").check()
    page.get_by_role("button", name="提交解除关联申请").click()
    expect(page.locator("#toasts")).to_contain_text("请等待客户处理")
    page.get_by_role("link", name="解除关联 · 待客户处理").click()
    page.get_by_role("button", name="撤回申请").click()
    expect(page.locator("main")).to_contain_text("已撤回")
    assert AssociationChange.objects.get().state == "withdrawn"
