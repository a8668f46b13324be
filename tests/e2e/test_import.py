"""Importing a workbook in a browser, on a desk and on a phone."""

import pytest
from playwright.sync_api import expect

from core import clock
from jobs.models import Job
from jobs.services import run_job
from partnercenter.work import RUNNERS, WORK
from tests.conftest import make_cast
from tests.factories import make_customer
from tests.jobs.sheets import book

from .conftest import NARROW

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast(transactional_db):
    return make_cast()


@pytest.mark.parametrize("size", [None, NARROW], ids=["wide", "narrow"])
def test_from_the_list_to_the_result(open_as, site, cast, size, tmp_path):
    mine = make_customer(partner=cast.reseller)
    page = open_as(cast.yun)
    if size:
        page.set_viewport_size(size)
    file = tmp_path / "客户.xlsx"
    file.write_bytes(book(["客户ID", "备注"], [mine.number, "年底续签"], ["没有", "x"]).read())
    page.goto(f"{site}/customers/")
    page.get_by_role("link", name="导入", exact=True).click()
    expect(page.get_by_label("文件")).to_be_visible()
    _look(page, size, "upload")
    page.get_by_label("文件").set_input_files(str(file))
    page.get_by_role("button", name="下一步：对应列").click()
    expect(page.get_by_label("客户ID")).to_have_value("0")
    _look(page, size, "columns")
    page.get_by_role("button", name="下一步：预览").click()
    expect(page.get_by_role("heading", name="有误的行")).to_be_visible()
    _look(page, size, "preview")
    page.get_by_role("button", name="确认导入 1 行").click()
    expect(page.get_by_text("排队中")).to_be_visible()
    run_job(Job.objects.get().pk, WORK, now=clock.now, runners=RUNNERS)
    expect(page.get_by_role("link", name="下载错误行")).to_be_visible()
    _look(page, size, "result")


def _look(page, size, name):
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= page.viewport_size["width"], f"{name} is {width} wide"
