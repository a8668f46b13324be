"""批量操作 on screen: tick, fill in, preview, confirm; without JavaScript."""

import re

import pytest

from customers.models import Customer
from jobs.models import Job, JobRow
from partnercenter.exports import EXPORTABLE
from tests.factories import make_alert, make_customer

pytestmark = pytest.mark.django_db


@pytest.fixture
def three(cast) -> list[Customer]:
    return [make_customer(partner=cast.reseller, name=f"云帆{n}号") for n in range(3)]


def post(client, **fields):
    asked = {"key": "customers", "path": "/customers/", "query": "?", "action": "assign"}
    return client.post("/jobs/batch/", asked | fields)


def hidden(page: str) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="([\w-]+)" value="([^"]*)"', page)
    return {name: value.replace("&amp;", "&") for name, value in found}


def previewed(client, cast, **fields):
    answer = post(client, manager=cast.jing.pk, step="preview", **fields)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_list_with_actions_has_boxes_and_one_without_has_none(cast, sign_in, three):
    page = sign_in(cast.yun).get("/customers/").content.decode()
    assert page.count('form="batch" name="pick"') == 3
    assert "批量分配客户经理" in page and 'name="all"' in page
    make_alert(customer=three[0])
    assert 'name="pick"' not in sign_in(cast.yun).get("/followups/view/").content.decode()


def test_three_posts_lead_from_the_list_to_the_result(cast, sign_in, three):
    client = sign_in(cast.yun)
    picked = [three[0].pk, three[2].pk]
    choose = post(client, pick=picked).content.decode()
    assert "共 2 项" in choose and "请选择" in choose
    preview = client.post(
        "/jobs/batch/", hidden(choose) | {"manager": cast.jing.pk, "step": "preview"}
    ).content.decode()
    assert "成功 2 项" in preview and "分配给经理" in preview and "云***号" in preview
    done = client.post("/jobs/batch/", hidden(preview) | {"step": "confirm"})
    job = Job.objects.get()
    assert done.url == f"/jobs/{job.pk}/" and job.said.startswith(
        "分配给经理；客户管理（逐项选择）"
    )
    assert set(job.items.values_list("subject_id", flat=True)) == set(picked)
    assert "排队中" in client.get(done.url).content.decode()


def test_all_of_them_are_all_that_match_the_address(cast, sign_in, three):
    make_customer(partner=cast.reseller, name="另一家")
    page = previewed(sign_in(cast.yun), cast, all="on", query="?name=云帆", pick=[1])
    assert "成功 3 项" in page and "客户名称/账号名：云***" in page


def test_a_selection_that_changed_since_is_shown_anew(cast, sign_in, three):
    client = sign_in(cast.yun)
    page = previewed(client, cast, all="on")
    make_customer(partner=cast.reseller)
    again = client.post("/jobs/batch/", hidden(page) | {"step": "confirm"})
    assert again.status_code == 409 and "成功 4 项" in again.content.decode()
    assert not Job.objects.exists()


def test_a_double_click_is_one_batch(cast, sign_in, three):
    client = sign_in(cast.yun)
    form = hidden(previewed(client, cast, all="on")) | {"step": "confirm"}
    urls = {client.post("/jobs/batch/", form).url for _ in range(2)}
    assert len(urls) == 1 and JobRow.objects.count() == 3


def test_a_batch_without_a_manager_asks_for_one(cast, sign_in, three):
    answer = post(sign_in(cast.yun), pick=[three[0].pk], manager="", step="preview")
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "fields",
    [
        {"key": "nothing"},
        {"action": "nothing"},
        {"path": "//evil.example/"},
        {"pick": []},
        {"query": "?associated_from=gestern", "all": "on"},
    ],
)
def test_what_no_page_sends_is_refused(cast, sign_in, three, fields):
    assert post(sign_in(cast.yun), **{"pick": [three[0].pk]} | fields).status_code == 409


def test_who_may_not_assign_sees_why_and_is_refused(cast, sign_in, three):
    client = sign_in(cast.cai)
    assert "为什么" in client.get("/customers/").content.decode()
    assert post(client, pick=[three[0].pk]).status_code == 403


def test_alerts_are_handled_from_their_queue(cast, sign_in):
    alerts = [make_alert(customer=make_customer(manager=cast.jing)) for _ in range(2)]
    client = sign_in(cast.jing)
    asked = {"key": "alerts_to_handle", "path": "/followups/handle/", "action": "handle"}
    said = {"outcome": "not_lost", "kept_reason": "seasonal", "note": "淡季"}
    page = post(client, **asked, **said, pick=[a.pk for a in alerts], step="preview")
    text = page.content.decode()
    assert "成功 2 项" in text and "不能撤销" in text
    assert client.post("/jobs/batch/", hidden(text) | {"step": "confirm"}).status_code == 302
    assert Job.objects.get().items.count() == 2


def test_a_colleague_does_not_know_of_the_batch_and_the_main_account_does(cast, sign_in, three):
    form = hidden(
        previewed(sign_in(cast.zhuguan), cast, pick=[make_customer(manager=cast.jing).pk])
    )
    assert form
    job = make_job(cast.zhuguan)
    statuses = {
        who: sign_in(getattr(cast, who)).get(f"/jobs/{job.pk}/").status_code
        for who in ("zhuguan", "yun", "jing", "pang", "zong")
    }
    assert statuses == {"zhuguan": 200, "yun": 200, "jing": 404, "pang": 404, "zong": 404}


def make_job(by) -> Job:
    from uuid import uuid4

    from tests.factories import NOW

    return Job.objects.create(
        partner_id=by.partner_id,
        member=by,
        kind="bulk",
        title="批量分配客户经理",
        parameters={"action": "assign", "total": 0, "data": {}, "language": "zh-hans"},
        token=uuid4(),
        created_at=NOW,
    )


def test_the_result_is_a_list_that_can_be_a_file(cast, sign_in):
    job = make_job(cast.yun)
    page = sign_in(cast.yun).get(f"/jobs/{job.pk}/?panel=export").content.decode()
    assert f'name="query" value="?job={job.pk}"' in page and "batch_rows" in EXPORTABLE


def test_the_job_centre_leads_to_the_result(cast, sign_in):
    job = make_job(cast.yun)
    assert f'href="/jobs/{job.pk}/"' in sign_in(cast.yun).get("/jobs/").content.decode()
