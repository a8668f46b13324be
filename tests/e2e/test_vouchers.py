"""An operator publishes a promotion, a partner asks for vouchers, a reviewer approves, and the
customer has them."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from core import clock
from coupons.models import Coupon, VoucherPlan
from org.permissions import PARTNER_ADMIN
from tests import factories as f

from .conftest import NARROW, WIDE

pytestmark = pytest.mark.django_db(transaction=True)


def test_from_a_promotion_to_the_customers_voucher(open_as, site):
    main = f.make_member(role=PARTNER_ADMIN, partner=f.make_partner(name="云帆经销"))
    customer = f.make_customer(partner=main.partner, association_type="resale")
    place = f.make_account_user(account=customer.cloud_account, name="王客")
    today = clock.today()
    last = today + timedelta(days=60)

    page = open_as(f.make_vendor_user(role="operator"))
    page.goto(f"{site}/admin/coupons/promotion/add/")
    page.fill("[name=name]", "年末上云季")
    page.fill("[name=starts_on]", today.isoformat())
    page.fill("[name=ends_on]", last.isoformat())
    page.click("[name=_save]")
    expect(page.locator("#result_list")).to_contain_text("进行中")

    page = open_as(main)
    page.goto(f"{site}/coupons/plans/promotions/")
    page.get_by_role("link", name="新建活动代金券").click()
    page.get_by_label("配置名称").fill("新客上云")
    page.get_by_label("代金券面值（元）").fill("100")
    page.get_by_label("每客户张数").fill("2")
    page.get_by_label("生效日期").fill(today.isoformat())
    page.get_by_label("失效日期").fill(last.isoformat())
    page.get_by_label("查找客户").fill(customer.number)
    page.get_by_role("button", name="查找").click()
    page.get_by_label(customer.number).check()
    page.get_by_role("button", name="提交审核").click()
    expect(page.locator("main")).to_contain_text("厂商审核中，约 3 个工作日")

    plan = VoucherPlan.objects.get()
    page = open_as(f.make_vendor_user(role="reviewer"))
    page.goto(f"{site}/admin/coupons/voucherplan/{plan.pk}/change/")
    page.click("text=通过")
    page.get_by_label("将由厂商出资 200.00 元，向 1 个客户发放 2 张").check()
    page.click("input[type=submit]")
    page.wait_for_url(f"**/{plan.pk}/change/")
    expect(page.locator(".messagelist")).to_contain_text("已通过，发放 2 张")

    page = open_as(place.user)
    page.set_viewport_size(NARROW)
    page.goto(f"{site}/my/coupons/")
    expect(page.locator("main")).to_contain_text("年末上云季")
    for coupon in Coupon.objects.all():
        expect(page.locator("main")).to_contain_text(coupon.number)

    page = open_as(main)
    page.set_viewport_size(WIDE)
    page.goto(f"{site}/coupons/plans/{plan.pk}/")
    expect(page.locator("main")).to_contain_text("厂商通过，代金券已发放")
    page.get_by_role("link", name="发放记录").click()
    expect(page.locator("#results")).to_contain_text("可使用")
