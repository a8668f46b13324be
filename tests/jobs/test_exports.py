"""导出: exactly the rows of the screen, made once, whole or not at all."""

import re
from decimal import Decimal
from html import unescape

import pytest
from django.utils import translation

from activity.models import Activity, Notification
from activity.services import record
from core import formats, tenancy
from core.clock import now
from core.refusals import NotAllowed, Refused
from jobs.models import Job
from org.models import Member
from tests.conftest import Cast, make_cast, sign_client_in
from tests.factories import make_alert, make_customer, make_member

from .conftest import ask, csv_of, run, sheets_of

pytestmark = pytest.mark.django_db(transaction=True)
OWED = {"arrears": "1.00", "grace": 0, "retention": 0}


@pytest.fixture
def cast(transactional_db) -> Cast:
    return make_cast()


def make_some(manager: Member, count: int = 3, **fields):
    return [
        make_customer(manager=manager, name=f"云帆{n}号", number=f"10000000000000000{n}", **fields)
        for n in range(count)
    ]


def test_the_file_holds_the_rows_of_the_screen_in_their_order(cast, client):
    make_some(cast.jing, 4)
    make_customer(manager=cast.other, name="旁人")
    page = sign_client_in(client, cast.jing).get("/customers/", {"name": "云帆"}).content.decode()
    on_screen = re.findall(r'class="copy">([^<]+)<', page)
    header, *rows = csv_of(run(ask(cast.jing, query="?name=云帆")))
    assert [row[header.index("客户ID")] for row in rows] == on_screen
    assert len(on_screen) == 4


def test_each_scope_gets_its_own_rows(cast):
    make_some(cast.jing, 2)
    make_customer(manager=cast.other)
    counts = {who: run(ask(getattr(cast, who))).rows for who in ("jing", "other", "zhuguan", "yun")}
    assert counts == {"jing": 2, "other": 1, "zhuguan": 2, "yun": 3}


def test_personal_data_is_masked_unless_revealed_by_who_may(cast):
    make_some(cast.jing, 1, phone="13800001111")
    header, masked = csv_of(run(ask(cast.jing)))
    _header, shown = csv_of(run(ask(cast.jing, revealed=True)))
    at = header.index("移动电话"), header.index("客户名称")
    assert [masked[i] for i in at] == ["138****1111", "云***号"]
    assert [shown[i] for i in at] == ["13800001111", "云帆0号"]


def test_who_may_not_reveal_gets_no_unmasked_file(cast):
    with pytest.raises(NotAllowed):
        ask(cast.cai, revealed=True)


def test_a_workbook_keeps_long_numbers_and_adds_up_amounts(cast):
    make_some(cast.jing, 2, association_type="resale", available_amount=Decimal("1234.50"))
    job = run(ask(cast.jing, query="?name=云帆", file_format="xlsx"))
    sheets = sheets_of(job)
    header, *rows = sheets["客户管理"]
    assert [row[header.index("客户ID")] for row in rows] == [
        "100000000000000001",
        "100000000000000000",
    ]
    assert sum(row[header.index("可用额度（元）")] for row in rows) == 2469.0
    passport = dict(sheets["说明"][1:])
    assert passport["范围"] == "客户名称/账号名：云***" and passport["行数"] == "2"
    assert passport["任务编号"] == str(job.pk) and passport["个人信息"] == "已脱敏"


def test_a_file_is_in_the_language_it_was_asked_in_and_its_figures_are_alike(cast):
    make_some(cast.jing, 1, arrears=Decimal("1234567.80"))
    chinese = csv_of(run(ask(cast.jing)))
    with translation.override("en"):
        job = ask(cast.jing)
    english = csv_of(run(job))  # by a worker, who speaks Chinese
    assert "Customer ID" in english[0] and "客户ID" in chinese[0]
    arrears = chinese[0].index("欠费（元）")
    assert english[1][arrears] == chinese[1][arrears] != ""


def test_an_empty_list_is_a_file_with_its_header(cast):
    for file_format in ("csv", "xlsx"):
        job = run(ask(cast.jing, file_format=file_format))
        assert (job.state, job.rows) == ("done", 0)


@pytest.mark.parametrize("key", ["alerts_to_handle", "alerts", "activity", "reseller_customers"])
def test_other_lists_are_files_as_well(cast, key):
    customer = make_customer(manager=cast.jing)
    make_alert(customer=customer, facts=OWED, scenario="arrears")
    by = {"reseller_customers": cast.zong, "activity": cast.yun}.get(key, cast.jing)
    if key == "activity":
        run(ask(cast.yun))
    job = run(ask(by, key))
    assert (job.state, job.reason) == ("done", "") and job.rows == len(csv_of(job)) - 1 >= 1


def test_the_log_says_in_a_file_what_it_says_on_screen(cast, client, monkeypatch):
    """Batch for batch: names of customers and subjects are looked up for each."""
    monkeypatch.setattr("core.lists.reading.CHUNK", 2)
    for customer in make_some(cast.jing, 3):
        facts = {"by": cast.yun, "at": now(), "after": {"phone": "13800138000"}}
        record("customer.revealed", customer, customer_id=customer.pk, **facts)
        record("member.created", cast.jing, **facts)
    sign_client_in(client, cast.yun)
    page = client.get("/activity/", {"person": "云代"}).content.decode()
    rows = re.findall(r'<tr id="row-\d+">(.*?)</tr>', page)
    screen = [[_text(td) for td in re.findall(r"<td[^>]*>(.*?)</td>", row)] for row in rows]
    _header, *found = csv_of(run(ask(cast.yun, "activity", query="?person=云代")))
    assert [row for row in found if "导出数据" not in row] == screen
    assert len(screen) == 6 and "云***号" in screen[1] and "13800138000" not in str(found)


def _text(html: str) -> str:
    text = unescape(re.sub("<[^>]+>", "", html))
    return "" if text == formats.EMPTY else text


def test_what_was_asked_for_is_masked_in_the_log(cast):
    ask(cast.jing, query="?phone=13800138000&name=深圳云帆公司")
    said = Activity.objects.get(verb="job.asked").after["scope"]
    assert "138****8000" in said and "深***司" in said


def test_a_reseller_has_no_file_of_resellers(cast):
    with pytest.raises(NotAllowed):
        ask(cast.yun, "reseller_customers")


def test_a_condition_that_cannot_be_read_is_refused(cast):
    with pytest.raises(Refused):
        ask(cast.jing, query="?associated_from=gestern")


def test_the_same_form_twice_is_one_job(cast):
    from uuid import uuid4

    token = uuid4()
    assert ask(cast.jing, token=token) == ask(cast.jing, token=token)
    assert Job.objects.count() == 1


def test_a_sixth_unfinished_job_waits(cast):
    for _ in range(5):
        ask(cast.jing)
    with pytest.raises(Refused, match="5"):
        ask(cast.jing)
    ask(cast.other)


def test_whoever_asked_is_told_and_the_log_has_every_step(cast, client):
    job = run(ask(cast.jing, query="?type=resale"))
    assert Notification.objects.get(member=cast.jing).kind == "job.done"
    answer = sign_client_in(client, cast.jing).get(f"/jobs/{job.pk}/file/")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert b"".join(answer.streaming_content).startswith(b"\xef\xbb\xbf")
    verbs = Activity.objects.filter(subject_type="jobs.job").order_by("pk")
    assert list(verbs.values_list("verb", flat=True)) == ["job.asked", "job.downloaded"]
    assert verbs[0].after["scope"] == "关联类型：代售"


# ---- rights at download ----


def test_a_colleague_does_not_know_of_it_and_the_main_account_does(cast, client):
    job = run(ask(cast.jing))
    statuses = {
        who: sign_client_in(client, getattr(cast, who)).get(f"/jobs/{job.pk}/file/").status_code
        for who in ("other", "pang", "zong", "yun")
    }
    assert statuses == {"other": 404, "pang": 404, "zong": 404, "yun": 200}


def test_roles_that_changed_since_close_the_file(cast, client):
    job = run(ask(cast.jing))
    Member.objects.filter(pk=cast.jing.pk).update(roles=["finance"], director=None)
    assert sign_client_in(client, cast.jing).get(f"/jobs/{job.pk}/file/").status_code == 403


def test_roles_that_changed_before_it_ran_fail_it_with_a_sentence(cast):
    job = ask(cast.jing)
    Member.objects.filter(pk=cast.jing.pk).update(roles=["finance"], director=None)
    assert run(job).state == "failed" and "角色" in job.reason


def test_a_file_is_served_from_no_address_of_its_own(cast, client):
    job = run(ask(cast.jing))
    assert sign_client_in(client, cast.jing).get(job.file.url).status_code == 404


# ---- the database ----


def test_a_partner_sees_and_writes_no_job_of_another(cast):
    job = ask(cast.jing)
    with tenancy.tenant(cast.stranger.pk):
        assert not Job.objects.filter(pk=job.pk).update(state="cancelled")
        assert not Job.objects.exists()


def test_a_member_of_another_partner_cannot_be_the_asker(cast):
    from django.db import IntegrityError

    foreign = make_member(partner=cast.stranger)
    job = ask(cast.jing)
    with pytest.raises(IntegrityError):
        Job.objects.filter(pk=job.pk).update(member=foreign)
