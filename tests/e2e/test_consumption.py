"""The consumption page and the vendor's upload in a browser."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from billing.models import SubAccount
from core.clock import today
from tests import factories as f
from tests.billing.focus_files import charge, focus_csv
from tests.conftest import Cast, make_cast

from .conftest import NARROW, WIDE

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast(transactional_db: Any) -> Cast:
    return make_cast()


@pytest.fixture
def customer(cast: Cast) -> Any:
    customer = f.make_customer(manager=cast.jing)
    yesterday = today() - timedelta(days=1)
    for offset, cny in enumerate([120, 80, 150, 90]):
        f.make_daily(customer=customer, day=yesterday - timedelta(days=offset), cny=cny)
    f.make_daily(customer=customer, day=yesterday, currency="EUR", amount="2.5", cny=None)
    f.make_complete(day=yesterday)
    return customer


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_the_chart_is_drawn_and_drawn_again_for_another_range(
    open_as: Any, site: str, cast: Cast, customer: Any, size: Any
) -> None:
    page = open_as(cast.jing)
    page.set_viewport_size(size)
    page.goto(f"{site}/billing/customers/{customer.pk}/")
    expect(page.locator(".billing-chart canvas")).to_be_visible()
    expect(page.get_by_text("EUR 2.5").first).to_be_visible()
    page.get_by_role("link", name="近 90 天").click()
    expect(page).to_have_url(f"{site}/billing/customers/{customer.pk}/?days=90")
    expect(page.locator("#daily tbody tr")).to_have_count(90)
    expect(page.locator(".billing-chart canvas")).to_be_visible()
    page.locator(".billing-chart").hover()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_an_operator_uploads_a_file_and_maps_its_sub_account(
    open_as: Any, site: str, cast: Cast, tmp_path: Path
) -> None:
    bill = tmp_path / "bill.csv"
    day = str(today() - timedelta(days=3))
    bill.write_bytes(focus_csv(charge(day=day), charge(day=day, BilledCost="x")))
    page = open_as(cast.yunying)
    page.goto(f"{site}/admin/billing/consumptionfile/add/")
    page.set_input_files("[name=file]", bill)
    page.locator("[name=_save]").click()
    expect(page.get_by_text("已导入 1 行")).to_be_visible()
    expect(page.get_by_role("link", name="下载错误文件")).to_be_visible()
    page.get_by_role("link", name="111122223333").click()
    page.fill("[name=number]", "c-1")
    page.locator(".select2-selection").click()
    page.locator(".select2-search__field").fill("云帆")
    page.get_by_role("option", name="云帆经销").click()
    page.select_option("[name=association_type]", "resale")
    page.get_by_role("button", name="映射到客户").click()
    expect(page.get_by_text("已映射到客户 c-1")).to_be_visible()
    assert SubAccount.objects.get().cloud_account
