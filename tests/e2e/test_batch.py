"""批量操作 in a browser: ticks and ranges, other pages, all that match, and the way back."""

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from core.clock import now
from customers.models import Customer
from jobs.models import Job
from jobs.services import run_job
from partnercenter.work import RUNNERS, WORK
from tests import factories as f
from tests.conftest import make_cast

from .conftest import NARROW

pytestmark = pytest.mark.django_db(transaction=True)
SHOTS = os.environ.get("SHOTS")


def shot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png")


def run() -> None:
    run_job(Job.objects.latest("pk").pk, WORK, now=now, runners=RUNNERS)


@pytest.fixture
def cast(transactional_db: Any) -> Any:
    return make_cast()


def test_ticks_ranges_and_pages_add_up_and_the_batch_can_be_undone(
    cast: Any, open_as: Any, site: str
):
    for _ in range(12):
        f.make_customer(partner=cast.reseller)
    page = open_as(cast.yun)
    page.goto(f"{site}/customers/?size=10")
    told, boxes = page.locator(".pc-batch-told"), page.locator(".pick")
    expect(told).to_be_hidden()
    boxes.nth(1).check()
    boxes.nth(4).click(modifiers=["Shift"])
    expect(told).to_have_text("已选 4 项")
    shot(page, "bar")
    page.get_by_role("link", name="下一页").click()
    expect(boxes).to_have_count(2)
    page.get_by_label("全选本页").check()
    expect(told).to_have_text("已选 6 项")
    page.get_by_role("link", name="上一页").click()
    expect(boxes).to_have_count(10)
    expect(boxes.nth(2)).to_be_checked()
    page.get_by_role("button", name="批量分配客户经理").click()
    expect(page.get_by_text("共 6 项")).to_be_visible()
    page.get_by_label("客户经理").select_option(label="经理")
    shot(page, "choose")
    page.get_by_role("button", name="下一步：预览").click()
    expect(page.get_by_text("成功 6 项")).to_be_visible()
    shot(page, "preview")
    page.get_by_role("button", name="确认执行 6 项").click()
    expect(page.get_by_text("排队中")).to_be_visible()
    run()
    expect(page.get_by_text("成功 6，跳过 0，失败 0")).to_be_visible()
    shot(page, "result")
    assert Customer.objects.filter(account_manager=cast.jing).count() == 6
    page.locator("summary", has_text="撤销").click()
    shot(page, "undo")
    page.get_by_role("button", name="确认撤销").click()
    expect(page.get_by_text("撤销：批量分配客户经理").first).to_be_visible()
    run()
    expect(page.get_by_text("成功 6，跳过 0，失败 0")).to_be_visible()
    assert not Customer.objects.filter(account_manager=cast.jing).exists()
    page.goto(f"{site}/jobs/")
    shot(page, "jobs")


def test_all_that_match_are_chosen_by_one_tick_and_cleared_by_one_click(
    cast: Any, open_as: Any, site: str
):
    for _ in range(12):
        f.make_customer(partner=cast.reseller)
    page = open_as(cast.yun)
    page.goto(f"{site}/customers/?size=10")
    page.get_by_label("全选本页").check()
    page.get_by_label("选择全部 12 项").check()
    expect(page.locator(".pc-batch-told")).to_have_text("已选 12 项")
    page.get_by_role("button", name="清空").click()
    expect(page.locator("#batch")).to_be_hidden()
    page.locator(".pick").first.check()
    expect(page.locator(".pc-batch-told")).to_have_text("已选 1 项")


def test_alerts_are_handled_together_on_a_phone(cast: Any, open_as: Any, site: str):
    for _ in range(3):
        f.make_alert(customer=f.make_customer(manager=cast.jing), facts=_DROP)
    page = open_as(cast.jing)
    page.set_viewport_size(NARROW)
    page.goto(f"{site}/followups/handle/")
    page.locator(".pick").first.check()
    page.locator(".pick").nth(1).check()
    shot(page, "phone-bar")
    page.get_by_role("button", name="批量处理预警").click()
    expect(page.get_by_label("未流失原因")).to_be_hidden()
    page.get_by_label("流失预警：未流失").check()
    page.get_by_label("未流失原因").select_option(label="季节性波动")
    page.get_by_label("处理措施/说明").fill("淡季，已回访")
    shot(page, "phone-choose")
    page.get_by_role("button", name="下一步：预览").click()
    expect(page.get_by_text("成功 2 项")).to_be_visible()
    expect(page.get_by_text("不能撤销")).to_be_visible()
    shot(page, "phone-preview")
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    page.get_by_role("button", name="确认执行 2 项").click()
    run()
    expect(page.get_by_text("成功 2，跳过 0，失败 0")).to_be_visible()
    shot(page, "phone-result")


_DROP = {
    "recent_days": 7,
    "base_days": 30,
    "recent_daily": "4.25",
    "base_daily": "20.5",
    "drop": 79,
    "unpriced": 0,
}
