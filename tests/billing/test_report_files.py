"""日报文件 on the vendor's desk: orders, lines and resources by file, once, bad lines kept."""

from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile

from activity.models import Activity
from billing.models import Resource
from billing.orders.models import Order, OrderLine
from billing.reports.models import ReportFile
from tests.conftest import Cast
from tests.factories import NOW, make_customer

pytestmark = pytest.mark.django_db
PAGE = "/admin/billing/reportfile/"
ORDERS = (
    "number,customer_number,status,type,provider,service,official_amount,amount,created_at\n"
    "CS1,c-1,5,1,cloud,ECS,100,90,2026-11-10T08:00:00Z\n"
    "CS2,nobody,5,1,cloud,ECS,100,90,2026-11-10T08:00:00Z\n"
)
LINES = "order_number,number,provider,service,amount,expires_on\nCS1,1,cloud,ECS,90,2027-11-10\n"
RESOURCES = (
    "customer_number,number,provider,service,list_price,created_on,expires_on\n"
    "c-1,i-1,cloud,ECS,100,2026-01-01,2026-12-31\n"
)


@pytest.fixture(autouse=True)
def _now() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def operator(cast: Cast, sign_in: Any) -> Any:
    make_customer(number="c-1")
    return sign_in(cast.yunying)


def upload(client: Any, kind: str, content: str) -> str:
    file = SimpleUploadedFile("daily.csv", content.encode(), "text/csv")
    page = client.post(f"{PAGE}add/", {"kind": kind, "file": file}, follow=True)
    return page.content.decode()


def test_orders_come_by_file_and_bad_lines_are_told_and_kept(operator: Any) -> None:
    page = upload(operator, "orders", ORDERS)
    assert "导入 1 行，更新 1 条。" in page and "第 3 行：没有此客户" in page
    assert Order.objects.get().number == "CS1"
    file = ReportFile.objects.get()
    assert (file.name, file.lines, file.bad_lines) == ("daily.csv", 1, 1)
    errors = operator.get(f"{PAGE}{file.pk}/errors/")
    kept = b"".join(errors.streaming_content).decode()
    assert "没有此客户，或下单时未与伙伴关联" in kept and "CS2,nobody" in kept
    assert Activity.objects.get(verb="orders.imported").user.name == "运营"


def test_lines_and_resources_come_the_same_way(operator: Any) -> None:
    upload(operator, "orders", ORDERS)
    assert "导入 1 行，更新 1 条。" in upload(operator, "order_lines", LINES)
    assert "导入 1 行，更新 1 条。" in upload(operator, "resources", RESOURCES)
    assert (OrderLine.objects.count(), Resource.objects.count()) == (1, 1)


@pytest.mark.parametrize(("kind", "content"), [("orders", ORDERS), ("resources", RESOURCES)])
def test_the_same_file_again_changes_nothing(operator: Any, kind: str, content: str) -> None:
    upload(operator, kind, content)
    assert "更新 0 条" in upload(operator, kind, content)


def test_a_file_that_is_none_says_why_on_the_form(operator: Any) -> None:
    page = upload(operator, "orders", "name,amount\nx,1\n")
    assert "customer_number" in page and not ReportFile.objects.exists()


def test_a_file_without_bad_lines_has_nothing_to_download(operator: Any) -> None:
    upload(operator, "resources", RESOURCES)
    assert operator.get(f"{PAGE}{ReportFile.objects.get().pk}/errors/").status_code == 404


def test_the_page_names_the_columns_and_an_auditor_only_looks(cast: Cast, sign_in: Any) -> None:
    assert "proxy_asked_at" in sign_in(cast.yunying).get(f"{PAGE}add/").content.decode()
    auditor = sign_in(cast.shenji)
    assert auditor.get(PAGE).status_code == 200
    assert auditor.get(f"{PAGE}add/").status_code == 403
