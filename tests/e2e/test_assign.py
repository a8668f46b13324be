"""分配客户经理 in a browser: found by typing among many, the effect shown before."""

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from core.clock import today
from tests import factories as f
from tests.conftest import make_cast

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_manager_is_found_by_typing_and_the_effect_is_shown_before(open_as: Any, site: str):
    cast = make_cast()
    customer = f.make_customer(manager=cast.jing)
    for n in range(120):
        f.make_member(partner=cast.reseller, name=f"销售{n:03}", factor=False)
    page = open_as(cast.yun)
    page.goto(f"{site}/customers/{customer.pk}/assign/")
    expect(page.get_by_text("业绩起算日", exact=True)).to_be_hidden()
    page.locator(".ts-control").click()
    page.locator(".dropdown-input").fill("销售117")
    offered = page.get_by_role("listbox").get_by_role("option")
    expect(offered).to_have_text(["销售117"])
    offered.click()
    expect(page.get_by_text("业绩起算日", exact=True)).to_be_visible()
    expect(page.get_by_text(str(today() + timedelta(days=1)))).to_be_visible()
    page.get_by_role("button", name="确定").click()
    expect(page.get_by_text("已分配给销售117")).to_be_visible()


def test_taking_a_customer_back_counts_for_nobody(open_as: Any, site: str):
    cast = make_cast()
    customer = f.make_customer(manager=cast.jing)
    page = open_as(cast.yun)
    page.goto(f"{site}/customers/{customer.pk}/assign/")
    page.locator(".ts-control").click()
    page.get_by_role("listbox").get_by_role("option", name="不分配").click()
    expect(page.get_by_text("新客户经理", exact=True)).to_be_visible()
    expect(page.get_by_text("业绩起算日", exact=True)).to_be_hidden()
