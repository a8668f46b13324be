"""A partner issues a coupon, its customer sees and uses it, the partner reclaims the rest, and the
certificate of the day balances."""

from datetime import timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from core import clock, tenancy
from coupons.models import Certificate, Coupon
from coupons.services.proving import certify_day
from coupons.services.using import hold_coupon, use_coupon
from org.permissions import PARTNER_ADMIN
from tests import factories as f
from tests.coupons.making import make_quota

from .conftest import NARROW

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_coupons_life(open_as, site):
    main = f.make_member(role=PARTNER_ADMIN, partner=f.make_partner(name="云帆经销"))
    customer = f.make_customer(partner=main.partner, association_type="resale")
    place = f.make_account_user(account=customer.cloud_account, name="王客")
    quota = make_quota(main.partner, 1000)

    page = open_as(main)
    page.goto(f"{site}/coupons/quotas/")
    page.get_by_role("link", name="发放", exact=True).click()
    page.get_by_label("面值（元）").fill("100")
    page.get_by_label("查找客户").fill(customer.number)
    page.get_by_role("button", name="查找").click()
    page.get_by_label(customer.number).check()
    page.get_by_role("button", name="下一步").click()
    expect(page.locator("main")).to_contain_text("将发放 1 张，共 ¥100.00；额度余额变为 ¥900.00")
    page.get_by_role("button", name="确定发放").click()
    expect(page.locator("main")).to_contain_text("成功 1 张")

    coupon = Coupon.objects.get()
    page = open_as(place.user)
    page.set_viewport_size(NARROW)
    page.goto(f"{site}/my/coupons/")
    expect(page.locator("main")).to_contain_text(coupon.number)
    order = f.make_order(customer=customer, amount=Decimal(200))
    use_coupon(hold_coupon(coupon, order, Decimal(40), at=clock.now()), at=clock.now())
    page.reload()
    expect(page.locator("main")).to_contain_text("60.00")

    page = open_as(main)
    page.goto(f"{site}/coupons/{coupon.pk}/")
    expect(page.locator("main")).to_contain_text(order.number)
    page.get_by_role("link", name="回收", exact=True).click()
    expect(page.locator("main")).to_contain_text("将退回 ¥60.00")
    page.get_by_role("button", name="确定回收").click()
    expect(page.locator("#toasts")).to_contain_text("60.00 元已退回额度")

    page = open_as(place.user)
    page.goto(f"{site}/my/coupons/")
    expect(page.locator("main")).to_contain_text("还没有优惠券")

    at = clock.now()
    certify_day(clock.day_of(at), at=at + timedelta(days=1))
    page = open_as(main)
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"{site}/coupons/certificates/")
    page.get_by_role("link", name=str(clock.day_of(at))).click()
    expect(page.locator("main")).to_contain_text("每个额度都平")
    expect(page.locator("main")).to_contain_text("当天的数据与证书一致")
    with tenancy.vendor():
        row = Certificate.objects.get().figures[0]
    assert (row["granted"], row["used"], row["available"]) == ("1000.00", "40.00", "960.00")
    assert quota.number in page.content()
