"""账务 in a browser: a distributor invoices its reseller's customer and asks the vendor for its own
invoice; the two settle."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests import factories as f
from tests import money as m
from tests.conftest import make_cast

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_bill_is_invoiced_from_the_drawer(open_as: Any, site: str):
    cast = make_cast()
    m.make_owed_bill(partner=cast.distributor)
    m.make_title(by=cast.zong)
    page = open_as(cast.zong)
    page.goto(f"{site}/invoices/?tab=to_partner")
    page.locator("tbody a.name").first.click()
    drawer = page.get_by_role("dialog")
    expect(drawer.get_by_text("未开票")).to_be_visible()
    drawer.get_by_role("button", name="提交申请").click()
    expect(page.get_by_role("heading", name="发票详情")).to_be_visible()
    expect(page.get_by_text("待审核")).to_be_visible()
    page.get_by_role("button", name="撤销").click()
    expect(page.get_by_text("发票申请已撤销。")).to_be_visible()


def test_an_invoice_to_a_resellers_customer_is_recorded_and_returned(open_as: Any, site: str):
    cast = make_cast()
    m.make_owed(customer=f.make_customer(manager=cast.jing, association_type="resale"))
    page = open_as(cast.zong)
    page.goto(f"{site}/invoices/resellers/")
    page.locator("tbody a.name").first.click()
    drawer = page.get_by_role("dialog")
    drawer.get_by_label("发票号码").fill("25442000001234")
    drawer.get_by_role("button", name="登记发票").click()
    expect(page.get_by_text("发票已登记。")).to_be_visible()
    page.get_by_role("link", name="25442000001234").click()
    page.get_by_label("原因").fill("税率有误")
    page.get_by_role("button", name="登记退票").click()
    expect(page.get_by_text("退票已登记。")).to_be_visible()


def test_a_settlement_is_agreed_by_the_other_side(open_as: Any, site: str):
    cast = make_cast()
    m.make_settlement(reseller=cast.reseller, by=cast.yun)
    page = open_as(cast.zong)
    page.goto(f"{site}/invoices/settlements/")
    page.locator("tbody a.name").first.click()
    page.get_by_role("dialog").get_by_role("button", name="确认").click()
    expect(page.get_by_text("结算已确认。")).to_be_visible()
