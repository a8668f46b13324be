"""The steps of an import on screen: each its own address, without a script."""

from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook

from core import clock, tenancy
from jobs.imports.models import Import
from jobs.models import Job
from jobs.services import run_job
from partnercenter.work import RUNNERS, WORK
from tests.conftest import make_cast
from tests.factories import make_customer

from .sheets import book, table

pytestmark = pytest.mark.django_db(transaction=True)
UPLOAD = "/jobs/import/customers/"


@pytest.fixture
def cast(transactional_db):
    return make_cast()


def sheet(response) -> list[list[str]]:
    content = BytesIO(b"".join(response.streaming_content))
    return CalamineWorkbook.from_filelike(content).get_sheet_by_index(0).to_python()


def page(response) -> str:
    return response.content.decode()


def test_a_file_goes_through_its_steps_to_a_result(sign_in, cast):
    mine, client = make_customer(partner=cast.reseller), sign_in(cast.yun)
    assert UPLOAD in page(client.get("/customers/"))
    assert "还没有导入过" in page(client.get(UPLOAD))
    file = book(["客户ID", "备注"], [mine.number, "<b>年底</b>"], ["没有", "x"])
    response = client.post(UPLOAD, {"file": file})
    made = Import.objects.get()
    assert response.url == f"/jobs/imports/{made.pk}/"
    assert "相同表头" in page(client.get(response.url))
    response = client.post(response.url, {"number": "0", "remark": "1"})
    assert response.url == f"/jobs/imports/{made.pk}/preview/"
    shown = page(client.get(response.url))
    assert "&lt;b&gt;年底" in shown and "在您的客户中没有这个客户ID" in shown
    made.refresh_from_db()
    response = client.post(response.url, {"seen": made.seal})
    job = Job.objects.get()
    assert response.url == f"/jobs/{job.pk}/"
    run_job(job.pk, WORK, now=clock.now, runners=RUNNERS)
    assert "下载错误行" in page(client.get(response.url))
    header, line = sheet(client.get(f"/jobs/imports/{made.pk}/errors/"))
    assert header[-1] == "错误原因" and line[0] == "没有"
    assert "成功 1，跳过 0，失败 0" in page(client.get(UPLOAD))


def test_a_file_that_cannot_be_read_is_refused_on_its_form(sign_in, cast):
    client = sign_in(cast.yun)
    for file, word in ((table("客户ID\n"), "没有数据"), (table("x", name="a.exe"), "扩展名一致")):
        response = client.post(UPLOAD, {"file": file})
        assert response.status_code == 422 and word in page(response)
    assert "请选择要导入的文件" in page(client.post(UPLOAD))
    assert not Import.objects.exists()


def test_a_column_is_chosen_once_and_the_identity_always(sign_in, cast):
    client = sign_in(cast.yun)
    url = client.post(UPLOAD, {"file": book(["a", "b"], ["1", "2"])}).url
    response = client.post(url, {"number": "", "remark": "1"})
    assert response.status_code == 422 and "请选择该列" in page(response)
    response = client.post(url, {"number": "0", "remark": "0"})
    assert response.status_code == 422 and "同一列" in page(response)
    assert client.post(url, {"number": "7"}).status_code == 422


def test_a_preview_that_is_out_of_date_is_shown_again_with_what_is_now(sign_in, cast):
    mine, client = make_customer(partner=cast.reseller), sign_in(cast.yun)
    url = client.post(UPLOAD, {"file": book(["客户ID", "备注"], [mine.number, "x"])}).url
    url = client.post(url, {"number": "0", "remark": "1"}).url
    response = client.post(url, {"seen": "0" * 32})
    assert response.status_code == 409 and "预览之后数据有变化" in page(response)


def test_the_template_explains_each_column(sign_in, cast):
    response = sign_in(cast.yun).get(f"{UPLOAD}template/")
    content = BytesIO(b"".join(response.streaming_content))
    made = CalamineWorkbook.from_filelike(content)
    data = made.get_sheet_by_name("数据").to_python()
    assert data[0] == ["客户ID", "客户经理", "备注", "标签"] and data[1][0] == "cust00000001"
    assert len(made.get_sheet_by_name("说明").to_python()) == 5


def test_pages_are_for_who_may_and_whose_file_it_is(sign_in, cast):
    mine = make_customer(manager=cast.jing)
    sign_in(cast.jing).post(UPLOAD, {"file": book(["客户ID", "备注"], [mine.number, "x"])})
    with tenancy.vendor():
        pk = Import.objects.get().pk
    for part in ("", "preview/", "errors/"):
        assert sign_in(cast.other).get(f"/jobs/imports/{pk}/{part}").status_code == 404
        assert sign_in(cast.pang).get(f"/jobs/imports/{pk}/{part}").status_code == 404
    assert sign_in(cast.cai).get(UPLOAD).status_code == 403
    assert sign_in(cast.yun).get("/jobs/import/nothing/").status_code == 404
    assert UPLOAD not in page(sign_in(cast.cai).get("/customers/"))
