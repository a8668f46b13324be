"""运行状况: what waits, what ran, what failed, and another try for it."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from activity.models import AccountMail, Activity, Notification
from core.refusals import InvalidTransition
from followups.models import GenerationRun, Rule
from jobs.models import Job
from jobs.services import retry_job
from ops import recording
from ops.checks import work
from ops.models import TaskRun
from ops.rows import Level
from partnercenter.celery import app
from tests.factories import NOW, TODAY, make_complete

pytestmark = pytest.mark.django_db
PAGE = "/admin/ops/taskrun/"


def make_job(by, *, state="queued", at=NOW, **fields):
    ended = at if state == "failed" else None
    return Job.objects.create(
        partner_id=by.partner_id,
        member=by,
        kind="export",
        title="客户管理",
        **{"token": uuid4(), "state": state, "created_at": at, "finished_at": ended} | fields,
    )


def level_of(rows, key):
    return {row.key: row.level.value for row in rows}[key]


# ---- queue and outbox ----


def test_a_job_that_waits_too_long_is_found(cast):
    assert level_of(work.queue_rows(NOW), "queue.jobs") == "ok"
    make_job(cast.jing)
    assert level_of(work.queue_rows(NOW + timedelta(minutes=5)), "queue.jobs") == "ok"
    assert level_of(work.queue_rows(NOW + timedelta(hours=2)), "queue.jobs") == "warn"


def test_mail_that_is_not_sent_is_found(cast):
    assert level_of(work.queue_rows(NOW), "queue.mail") == "ok"
    AccountMail.objects.create(
        to="a@example.com", subject="x", body="x", good_until=NOW, mail_next_at=NOW
    )
    assert level_of(work.queue_rows(NOW + timedelta(minutes=5)), "queue.mail") == "ok"
    assert level_of(work.queue_rows(NOW + timedelta(minutes=20)), "queue.mail") == "bad"


def test_a_notice_that_is_not_sent_is_found_as_well(cast):
    Notification.objects.create(
        partner_id=cast.jing.partner_id,
        member=cast.jing,
        kind="job.done",
        key="x",
        created_at=NOW,
        mail_state="waiting",
        mail_next_at=NOW,
    )
    assert level_of(work.queue_rows(NOW + timedelta(minutes=20)), "queue.mail") == "bad"


# ---- the clock ----

CLOSING = "schedule.every-morning-at-ten-past-six-close-alerts-without-a-cause"
SIX_TEN = NOW.replace(hour=22, minute=10) - timedelta(days=1)  # 06:10 of that day in Beijing


def ran(at, *, failed=False):
    TaskRun.objects.all().delete()
    when = "failed_at" if failed else "succeeded_at"
    error = {"error": "KeyError", "error_id": "abc"} if failed else {}
    TaskRun.objects.create(
        name="followups.tasks.close_followups",
        started_at=at,
        finished_at=at,
        seconds=1.25,
        **{when: at},
        **error,
    )
    return {row.key: row for row in work.schedule_rows(NOW)}[CLOSING]


def test_a_task_that_ran_in_time_says_when_and_how_long():
    row = ran(SIX_TEN)
    assert row.level is Level.OK
    assert row.says == ("上次成功 2026-11-20 06:10:00，用时 1.2 秒；下次 2026-11-21 06:10:00")


def test_a_task_that_was_missed_is_found():
    row = ran(SIX_TEN - timedelta(days=1))
    assert row.level is Level.BAD and "错过了 2026-11-20 06:10:00" in row.says


def test_a_task_that_failed_names_the_line_in_the_log():
    row = ran(SIX_TEN, failed=True)
    assert row.level is Level.BAD and "KeyError（日志编号 abc）" in row.says


def test_a_task_that_never_ran_is_found():
    assert {row.level for row in work.schedule_rows(NOW)} == {Level.WARN}


def test_every_entry_of_the_schedule_has_its_sentence():
    assert settings.SCHEDULE_SENTENCES.keys() == settings.CELERY_BEAT_SCHEDULE.keys()


def test_a_run_is_one_row_updated_at_its_start_and_end():
    for _ in range(2):
        with recording.recorded("x.y", "id"):
            run = TaskRun.objects.get()
            assert run.name == "x.y"
    run = TaskRun.objects.get()
    assert run.succeeded_at and run.seconds is not None and not run.has_failed
    with pytest.raises(KeyError), recording.recorded("x.y", "id2"):
        raise KeyError("a secret")
    run.refresh_from_db()
    assert run.has_failed and (run.error, run.error_id) == ("KeyError", "id2")


def test_what_the_worker_starts_by_the_clock_is_recorded():
    app.loader.import_default_modules()
    task = app.tasks["org.tasks.forget_ended_sessions"]
    task()
    assert not TaskRun.objects.exists()  # called by hand
    task.apply()
    assert TaskRun.objects.get().name == "org.tasks.forget_ended_sessions"


def test_what_is_not_in_the_schedule_leaves_no_row():
    assert recording.is_scheduled("activity.tasks.send_mail")
    assert not recording.is_scheduled("partnercenter.tasks.run_job")


# ---- alerts ----


def make_run(state):
    return GenerationRun.objects.create(
        rule=Rule.objects.first(),
        business_date=TODAY,
        state=state,
        reason="缺数据",
        started_at=NOW,
        finished_at=NOW,
    )


def test_a_refused_generation_is_found():
    done, refused = make_run("done"), make_run("refused")
    levels = {row.key: row.level.value for row in work.generation_rows(NOW)}
    assert levels[f"generation.{done.pk}"] == "ok"
    assert levels[f"generation.{refused.pk}"] == "warn"


def test_a_day_without_data_is_named():
    assert level_of(work.generation_rows(NOW), "generation.data") == "warn"
    make_complete(day=TODAY - timedelta(days=1), days=1)
    make_complete(day=TODAY - timedelta(days=4), days=1)
    (row,) = [row for row in work.generation_rows(NOW) if row.key == "generation.data"]
    assert "2026-11-17" in row.says
    make_complete(day=TODAY - timedelta(days=2), days=2)
    assert level_of(work.generation_rows(NOW), "generation.data") == "ok"


# ---- failed jobs ----


def press(client, job):
    return client.post(reverse("admin:jobs_job_do", args=[job.pk, "retry"]))


def test_a_failed_job_is_tried_again_once(cast, proven, client):
    job = make_job(cast.jing, state="failed", reason="坏了", attempts=3)
    proven(cast.yunying)
    press(client, job)
    job.refresh_from_db()
    assert (job.state, job.reason, job.attempts, job.finished_at) == ("queued", "", 0, None)
    press(client, job)
    line = Activity.objects.get(verb="job.retried")
    assert line.partner_id == cast.jing.partner_id and line.before == {"reason": "坏了"}


@pytest.mark.parametrize("state", ["queued", "running"])
def test_only_a_failed_one_is_tried_again(cast, state):
    with pytest.raises(InvalidTransition):
        retry_job(make_job(cast.jing, state=state), by=cast.yunying, at=NOW)


@pytest.mark.parametrize("who", ["shenji", "shen", "yun"])
def test_nobody_else_tries_it_again(cast, proven, sign_in, client, who):
    job = make_job(cast.jing, state="failed")
    (sign_in if who == "yun" else proven)(getattr(cast, who))
    assert press(client, job).status_code == 403
    job.refresh_from_db()
    assert job.state == "failed"


def test_the_desk_shows_no_conditions_of_an_export(cast, sign_in, client):
    job = make_job(
        cast.jing, state="failed", said="客户名称：深圳云帆", parameters={"query": "云帆"}
    )
    page = sign_in(cast.yunying).get(reverse("admin:jobs_job_change", args=[job.pk])).text
    assert "云帆" not in page.replace("云帆经销", "")


# ---- the page ----


@pytest.mark.parametrize("path", [PAGE, "/admin/ops/taskrun/deployment/"])
def test_operators_and_auditors_read_it_and_reviewers_do_not(cast, sign_in, client, path):
    for who, status in ((cast.yunying, 200), (cast.shenji, 200), (cast.shen, 403), (cast.yun, 403)):
        assert sign_in(who).get(path).status_code == status


def test_it_shows_what_is_wrong_and_what_to_do(cast, sign_in, client):
    job = make_job(cast.jing, state="failed", reason="多次中断")
    page = sign_in(cast.yunying).get(PAGE).text
    assert "没有工作进程应答" in page and "celery -A partnercenter worker" in page
    assert f"/admin/jobs/job/{job.pk}/change/" in page and "多次中断" in page


def test_it_says_so_when_redis_is_away(cast, sign_in, client, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert "Redis 没有应答" in sign_in(cast.yunying).get(PAGE).text


def test_it_asks_few_statements_however_much_there_is(cast, sign_in, client):
    for _ in range(8):
        make_job(cast.jing, state="failed")
        make_job(cast.jing)
    client = sign_in(cast.yunying)
    with CaptureQueriesContext(connection) as asked:
        client.get(PAGE)
    panels = [q["sql"] for q in asked if "jobs_" in q["sql"] or "activity_" in q["sql"]]
    assert len(panels) <= 10, panels
    assert len(asked) <= 28, [q["sql"] for q in asked]
