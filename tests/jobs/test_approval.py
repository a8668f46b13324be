"""审批: where the partner asks for it, nobody takes personal data out alone."""

from datetime import timedelta

import pytest
from django.db import IntegrityError

from activity.models import Activity, Notification
from core import tenancy
from core.clock import now
from core.refusals import InvalidTransition, NotAllowed, Refused
from jobs import services
from jobs.approval import approve_job, refuse_job, refuse_unanswered
from jobs.models import Job
from org.models import Member, Partner, Role
from org.permissions import SYSTEM_ADMIN
from tests.conftest import Cast, make_cast, prove_client, sign_client_in
from tests.factories import make_customer, make_member

from .conftest import ask, csv_of, run

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast(transactional_db) -> Cast:
    cast = make_cast()
    Partner.objects.filter(pk=cast.reseller.pk).update(exports_need_approval=True)
    for member in (cast.yun, cast.jing, cast.other):
        member.partner.refresh_from_db()
    make_customer(manager=cast.jing, name="云帆零号", phone="13800001111")
    return cast


@pytest.fixture
def admin(cast) -> Member:
    return make_member(partner=cast.reseller, role=SYSTEM_ADMIN, name="管理")


@pytest.fixture
def job(cast) -> Job:
    return ask(cast.jing, revealed=True)


def approve(job, by):
    with tenancy.tenant(by.partner_id, user_id=by.user_id):
        approve_job(job, by=by, at=now())


def test_an_export_with_personal_data_waits_and_approvers_are_told(cast, admin, job):
    assert (job.state, job.needs_approval) == ("pending", True)
    assert run(job).state == "pending" and job.pk not in services.waiting_jobs()
    told = Notification.objects.filter(kind="job.approval_asked")
    assert {notice.member for notice in told} == {cast.yun, admin}
    assert {notice.mail_state for notice in told} == {"waiting"}


def test_a_masked_export_waits_for_nobody(cast):
    assert run(ask(cast.jing)).state == "done"


def test_a_partner_that_does_not_ask_for_it_waits_for_nobody(cast):
    Partner.objects.update(exports_need_approval=False)
    cast.jing.partner.refresh_from_db()
    assert ask(cast.jing, revealed=True).state == "queued"


def test_approved_it_runs_and_the_asker_is_told(cast, job):
    approve(job, cast.yun)
    assert run(job).state == "done" and "13800001111" in str(csv_of(job))
    assert Notification.objects.filter(member=cast.jing, kind="job.approved").exists()
    line = Activity.objects.get(verb="job.approved")
    assert (line.member, line.subject_id) == (cast.yun, job.pk)


def test_refused_it_never_runs_and_the_asker_reads_why(cast, job):
    with tenancy.tenant(cast.yun.partner_id, user_id=cast.yun.user_id):
        with pytest.raises(Refused, match="原因"):
            refuse_job(job, reason="  ", by=cast.yun, at=now())
        refuse_job(job, reason="没有必要", by=cast.yun, at=now())
    assert run(job).state == "refused" and job.reason == "没有必要"
    assert Notification.objects.get(kind="job.refused").params["reason"] == "没有必要"
    with pytest.raises(InvalidTransition):
        approve(job, cast.yun)


def test_the_asker_never_decides(cast, admin):
    job = ask(cast.yun, revealed=True)
    with pytest.raises(NotAllowed, match="自己"):
        approve(job, cast.yun)
    with pytest.raises(IntegrityError):
        Job.objects.filter(pk=job.pk).update(state="queued", approver=cast.yun)


def test_the_database_lets_none_run_without_a_word(cast, job):
    with pytest.raises(IntegrityError):
        Job.objects.filter(pk=job.pk).update(state="queued")


def test_who_has_not_the_permission_neither_sees_nor_decides_it(cast, job):
    assert job not in Job.objects.visible_to(cast.other)
    with pytest.raises(Refused):
        approve(job, cast.other)


def test_who_has_the_permission_sees_it_but_fetches_and_cancels_nothing(cast, job, client):
    role = {"partner": cast.reseller, "code": "custom-1", "name": "复核"}
    Role.objects.create(**role, permissions=["exports.approve"])
    checker = make_member(partner=cast.reseller, roles=["custom-1"])
    assert job in Job.objects.visible_to(checker)
    assert not Job.objects.owned_by(checker).exists()
    approve(job, checker)
    run(job)
    sign_client_in(client, checker)
    listed = client.get("/jobs/").text
    assert "客户管理" in listed and f"/jobs/{job.pk}/" not in listed
    assert client.get(f"/jobs/{job.pk}/file/").status_code == 404
    late = client.get(f"/jobs/{job.pk}/approval/")
    assert late.status_code == 409 and "无需再处理" in late.text


def test_a_partner_with_one_eligible_person_gets_a_sentence(cast):
    with pytest.raises(Refused, match="没有其他成员"):
        ask(cast.yun, revealed=True)
    assert not Job.objects.exists()


def test_roles_that_changed_meanwhile_are_not_approved(cast, job):
    Member.objects.filter(pk=cast.jing.pk).update(roles=["finance"], director=None)
    with pytest.raises(Refused, match="角色"):
        approve(job, cast.yun)


def test_a_right_lost_after_the_approval_stops_the_run(cast):
    role = Role.objects.create(
        partner=cast.reseller, code="custom-1", name="看", permissions=["customers.reveal"]
    )
    asker = make_member(partner=cast.reseller, roles=["custom-1"])
    job = ask(asker, revealed=True)
    approve(job, cast.yun)
    Role.objects.filter(pk=role.pk).update(permissions=["customers.view"])
    assert run(job).state == "failed" and "查看脱敏信息" in job.reason


def test_a_demand_made_meanwhile_holds_for_files_not_yet_fetched(cast, client):
    Partner.objects.update(exports_need_approval=False)
    cast.jing.partner.refresh_from_db()
    made, waiting = run(ask(cast.jing, revealed=True)), ask(cast.jing, revealed=True)
    Partner.objects.update(exports_need_approval=True)
    assert sign_client_in(client, cast.jing).get(f"/jobs/{made.pk}/file/").status_code == 403
    assert run(waiting).state == "failed" and "审批" in waiting.reason


def test_what_nobody_decides_for_three_days_lapses(cast, job):
    assert refuse_unanswered(at=job.created_at + timedelta(days=2, hours=23)) == 0
    late = job.created_at + timedelta(days=3)
    assert [refuse_unanswered(at=late) for _ in range(2)] == [1, 0]
    job.refresh_from_db()
    assert (job.state, job.approver) == ("refused", None) and "3 天" in job.reason
    assert Activity.objects.get(verb="job.lapsed").partner_id == cast.reseller.pk


def test_one_that_waits_counts_among_the_five_and_can_be_cancelled(cast):
    jobs = [ask(cast.jing, revealed=True) for _ in range(5)]
    with pytest.raises(Refused, match="5"):
        ask(cast.jing)
    with tenancy.tenant(cast.jing.partner_id, user_id=cast.jing.user_id):
        services.cancel_job(jobs[0], by=cast.jing, at=now())
    ask(cast.jing)


# ---- the pages ----


def test_the_approver_reads_what_is_asked_for_and_decides_in_the_task_centre(cast, job, client):
    sign_client_in(client, cast.yun)
    listed = client.get("/jobs/?tab=pending").text
    assert f"/jobs/{job.pk}/approval/" in listed and "待审批" in listed
    page = client.get(f"/jobs/{job.pk}/approval/").text
    assert "经理" in page and "客户管理" in page and "移动电话" in page
    client.post(f"/jobs/{job.pk}/approval/", {"verdict": "approve"})
    job.refresh_from_db()
    assert (job.state, job.approver) == ("queued", cast.yun)


@pytest.mark.parametrize("who", ["other", "pang", "zong"])
def test_nobody_else_finds_it(cast, job, client, who):
    sign_client_in(client, getattr(cast, who))
    for answer in (client.get, client.post):
        assert answer(f"/jobs/{job.pk}/approval/", {"verdict": "approve"}).status_code == 404


def test_the_asker_sees_why_it_is_not_for_him(cast, job, client):
    sign_client_in(client, cast.jing)
    page = client.get(f"/jobs/{job.pk}/approval/").text
    assert "不能审批自己申请的导出" in page and 'value="approve"' not in page
    assert client.post(f"/jobs/{job.pk}/approval/", {"verdict": "approve"}).status_code == 403


def test_the_button_says_that_it_waits(cast, client):
    from uuid import uuid4

    sign_client_in(client, cast.jing)
    form = {"key": "customers", "file_format": "csv", "revealed": "on", "token": uuid4()}
    assert "已提交审批" in client.post("/jobs/export/", form, follow=True).text


# ---- 安全设置 ----

PAGE, CHANGE = "/org/security/", "/org/security/change/"


def test_the_main_account_changes_the_setting_and_one_line_says_so(cast, client):
    prove_client(sign_client_in(client, cast.zong), cast.zong.user)
    assert "只有一名成员可以审批" in client.get(PAGE).text
    for _ in range(2):
        client.post(CHANGE, {"exports_need_approval": "on"})
    assert Partner.objects.get(pk=cast.distributor.pk).exports_need_approval
    line = Activity.objects.get(verb="partner.security_changed")
    assert line.after == {"exports_need_approval": True} and line.member == cast.zong


def test_it_asks_for_the_second_factor_again(cast, client):
    response = sign_client_in(client, cast.zong).post(CHANGE, {"exports_need_approval": "on"})
    assert "2fa" in response["Location"]
    assert not Partner.objects.get(pk=cast.distributor.pk).exports_need_approval


def test_others_who_may_approve_read_it_and_the_rest_does_not(cast, admin, client):
    prove_client(sign_client_in(client, admin), admin.user)
    assert "只有主账号可以修改安全设置" in client.get(PAGE).text
    assert client.post(CHANGE, {}).status_code == 403
    assert sign_client_in(client, cast.jing).get(PAGE).status_code == 403


def test_a_partner_changes_no_other_partner_and_nothing_else_of_itself(cast):
    from django.db import ProgrammingError

    with tenancy.tenant(cast.reseller.pk):
        assert not Partner.objects.exclude(pk=cast.reseller.pk).update(exports_need_approval=True)
    with pytest.raises(ProgrammingError), tenancy.tenant(cast.reseller.pk):
        Partner.objects.filter(pk=cast.reseller.pk).update(name="改名")
