"""账单 on the vendor's desk: upload, result, mapping, rates, complete days."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile

from billing.models import (
    ConsumptionDay,
    ConsumptionFile,
    DailyConsumption,
    ExchangeRate,
    SubAccount,
)
from customers.models import Customer
from tests.billing.focus_files import (
    SAMPLE,
    charge,
    deliver,
    focus_csv,
    needs_sample,
    owned_by,
    packed,
)
from tests.conftest import Cast
from tests.factories import NOW, make_customer, make_resource

pytestmark = pytest.mark.django_db
FILES, SUB_ACCOUNTS = "/admin/billing/consumptionfile/", "/admin/billing/subaccount/"
RATES, DAYS = "/admin/billing/exchangerate/", "/admin/billing/consumptionday/"


@pytest.fixture(autouse=True)
def _now() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def operator(cast: Cast, sign_in: Any) -> Any:
    return sign_in(cast.yunying)


def upload(client: Any, content: bytes, name: str = "bill.csv", **fields: Any) -> Any:
    fields["file"] = SimpleUploadedFile(name, content, "text/csv")
    return client.post(f"{FILES}add/", fields, follow=True)


def text(response: Any) -> str:
    return response.content.decode()


# ---- upload ----


def test_an_operator_uploads_a_file_and_sees_what_became_of_it(operator: Any) -> None:
    page = upload(operator, focus_csv(charge(), charge(BilledCost="x")))
    file = ConsumptionFile.objects.get()
    assert page.redirect_chain[-1][0] == f"{FILES}{file.pk}/change/"
    assert "已导入 1 行" in text(page) and "<td>1.5</td>" in text(page)
    assert "其中 1 天有账单" in text(page) and "下载错误文件" in text(page)
    assert file.imported_by and file.imported_by.name == "运营"


@needs_sample
@pytest.mark.parametrize("pack", [bytes, packed])
def test_the_real_file_may_be_uploaded_packed_or_not(operator: Any, pack: Any) -> None:
    page = upload(operator, pack(SAMPLE.read_bytes()), "focus.csv")
    assert "已导入 1000 行" in text(page)
    assert "<td>-2.6137</td>" in text(page)  # its one credit


def test_a_refused_file_says_why(operator: Any) -> None:
    page = upload(operator, b"name,amount\nx,1\n")
    assert "文件被拒绝，没有改变任何数据" in text(page)
    assert ConsumptionFile.objects.get().state == "refused"


def test_the_same_file_again_leads_to_the_first(operator: Any) -> None:
    upload(operator, focus_csv(charge()))
    page = upload(operator, focus_csv(charge()), "again.csv")
    assert "内容相同，没有改变任何数据" in text(page)
    assert ConsumptionFile.objects.count() == 1


def test_an_upload_may_map_and_mark_days_complete(operator: Any, cast: Cast) -> None:
    mapping = b"provider,sub_account,customer_number\nAWS,111122223333,c-1\nAWS,x,c-404\n"
    make_customer(number="c-1")
    page = upload(
        operator,
        focus_csv(charge(day="2026-10-05")),
        mapping=SimpleUploadedFile("map.csv", mapping),
        complete_through="2026-10-06",
    )
    assert DailyConsumption.objects.count() == 1 and ConsumptionDay.objects.count() == 2
    assert "映射子账号 1 个" in text(page) and "第 3 行：没有客户 c-404" in text(page)


def test_what_makes_no_sense_is_said_on_the_form(operator: Any) -> None:
    page = upload(operator, focus_csv(charge()), complete_through="2099-01-01")
    assert "只能把已结束的日期标记为数据完整" in text(page)
    assert not ConsumptionFile.objects.exists()


def test_bad_lines_are_downloaded(operator: Any) -> None:
    upload(operator, focus_csv(charge(), charge(BilledCost="x")))
    response = operator.get(f"{FILES}{ConsumptionFile.objects.get().pk}/errors/")
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert "BilledCost 不是有效的数字" in b"".join(response.streaming_content).decode()


def test_a_file_without_bad_lines_has_nothing_to_download(operator: Any) -> None:
    file = deliver(focus_csv(charge())).file
    assert operator.get(f"{FILES}{file.pk}/errors/").status_code == 404


# ---- mapping ----


def test_the_result_leads_to_the_mapping_of_each_unmapped_sub_account(operator: Any) -> None:
    page = upload(operator, focus_csv(charge(), charge(SubAccountId="B")))
    for sub_account in SubAccount.objects.all():
        assert f"{SUB_ACCOUNTS}{sub_account.pk}/do/map/" in text(page)


def test_unmapped_sub_accounts_are_listed_with_their_charges(operator: Any) -> None:
    deliver(focus_csv(charge(SubAccountId="mine"), charge(BilledCost="2"), charge(BilledCost="3")))
    owned_by(make_customer(), "mine")
    page = text(operator.get(f"{SUB_ACCOUNTS}?mapped=no"))
    assert "111122223333" in page and "mine" not in page
    assert "USD 5" in page and "2026-10-05 – 2026-10-05" in page


def test_an_operator_maps_a_sub_account_to_a_new_customer(operator: Any, cast: Cast) -> None:
    deliver(focus_csv(charge()))
    address = f"{SUB_ACCOUNTS}{SubAccount.objects.get().pk}/do/map/"
    assert "Nimbus" in text(operator.get(address))
    wish = {"number": "c-1", "partner": cast.reseller.pk, "association_type": "resale"}
    page = operator.post(address, {**wish, "name": "云上科技"}, follow=True)
    assert "已映射到客户 c-1" in text(page)
    assert Customer.objects.get().name == "云上科技" and DailyConsumption.objects.count() == 1


def test_a_refusal_is_shown_on_the_mapping_form(operator: Any) -> None:
    deliver(focus_csv(charge()))
    address = f"{SUB_ACCOUNTS}{SubAccount.objects.get().pk}/do/map/"
    page = operator.post(address, {"number": "c-404"})
    assert "没有客户 c-404" in text(page) and not Customer.objects.exists()


def test_an_operator_maps_by_a_file(operator: Any) -> None:
    file = deliver(focus_csv(charge())).file
    make_customer(number="c-1")
    mapping = b"provider,sub_account,customer_number\nAWS,111122223333,c-1\n"
    page = operator.post(
        f"{FILES}{file.pk}/do/map_file/",
        {"mapping": SimpleUploadedFile("map.csv", mapping)},
        follow=True,
    )
    assert "映射子账号 1 个" in text(page) and DailyConsumption.objects.count() == 1


# ---- rates, days, resources ----


def test_an_operator_keeps_rates(operator: Any) -> None:
    owned_by(make_customer())
    deliver(focus_csv(charge(BilledCost="10")))
    rate = {"currency": "USD", "valid_from": "2026-10-01", "rate": "7.1"}
    assert "重新折算 1 条" in text(operator.post(f"{RATES}add/", rate, follow=True))
    address = f"{RATES}{ExchangeRate.objects.get().pk}/change/"
    operator.post(address, {"rate": "7.2"}, follow=True)
    assert DailyConsumption.objects.get().amount_cny == Decimal("72")


def test_an_operator_marks_days_complete(operator: Any) -> None:
    operator.post(f"{DAYS}add/", {"first": "2026-10-01", "last": "2026-10-03"})
    days = ConsumptionDay.objects.order_by("day").values_list("day", flat=True)
    assert list(days) == [date(2026, 10, 1), date(2026, 10, 2), date(2026, 10, 3)]


def test_resources_are_there_to_look_at(operator: Any) -> None:
    resource = make_resource(customer=make_customer(number="c-1"))
    assert resource.number in text(operator.get("/admin/billing/resource/?q=c-1"))


# ---- who may ----


@pytest.mark.parametrize("who", ["shen", "shenji"])
def test_reviewers_and_auditors_look_and_change_nothing(cast: Cast, sign_in: Any, who: str) -> None:
    file = deliver(focus_csv(charge(), charge(BilledCost="x"))).file
    client = sign_in(getattr(cast, who))
    assert client.get(f"{FILES}{file.pk}/change/").status_code == 200
    assert client.get(f"{FILES}{file.pk}/errors/").status_code == 200
    assert upload(client, focus_csv(charge(BilledCost="2"))).status_code == 403
    do_map = f"{SUB_ACCOUNTS}{SubAccount.objects.get().pk}/do/map/"
    assert client.post(do_map, {"number": "c"}).status_code == 403
    for page in (RATES, DAYS):
        assert client.post(f"{page}add/", {}).status_code == 403
    assert ConsumptionFile.objects.count() == 1


@pytest.mark.parametrize("who", ["zong", "yun", "jing", "pang"])
def test_partner_staff_have_no_desk(cast: Cast, sign_in: Any, who: str) -> None:
    deliver(focus_csv(charge()))
    client = sign_in(getattr(cast, who))
    for page in (FILES, f"{FILES}add/", SUB_ACCOUNTS, RATES, DAYS):
        assert client.get(page).status_code == 403
