"""Labels, remarks and alerts put aside, in a browser: from the drawer of a list."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests import factories as f
from tests.conftest import make_cast

from .conftest import NARROW, WIDE

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_customer_is_labelled_and_remarked_in_the_drawer(open_as: Any, site: str):
    cast = make_cast()
    f.make_customer(manager=cast.jing)
    f.make_label(by=cast.yun, name="重点客户", colour="red")
    page = open_as(cast.jing)
    page.goto(f"{site}/customers/")
    page.locator("tbody a.name").first.click()
    notes = page.locator("#drawer #notes")
    notes.get_by_text("设置标签", exact=True).click()
    notes.get_by_label("重点客户").check()
    notes.get_by_role("button", name="保存标签").click()
    expect(notes.get_by_role("status")).to_have_text("标签已保存。")
    notes.get_by_text("修改备注", exact=True).click()
    notes.get_by_label("备注").fill("年底续签")
    notes.get_by_role("button", name="保存备注").click()
    expect(notes.get_by_role("status")).to_have_text("备注已保存。")
    page.keyboard.press("Escape")
    page.reload()
    expect(page.locator("tbody .pc-label.red")).to_have_text("重点客户")


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_an_alert_is_put_aside_from_the_drawer(open_as: Any, site: str, size: Any):
    cast = make_cast()
    f.make_alert(customer=f.make_customer(manager=cast.jing))
    page = open_as(cast.jing)
    page.set_viewport_size(size)
    page.goto(f"{site}/followups/handle/")
    page.locator("tbody tr").get_by_role("link", name="处理").click()
    page.get_by_text("稍后处理", exact=True).first.click()
    page.get_by_label("客户情况有变化时").check()
    page.get_by_role("button", name="暂缓").click()
    expect(page.get_by_text("没有需要您处理的预警")).to_be_visible()
    page.get_by_role("link", name="已暂缓").click()
    expect(page.locator("tbody tr")).to_contain_text("已暂缓")
