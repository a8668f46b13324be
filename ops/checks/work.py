"""What waits, what ran, and what failed."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from celery.schedules import BaseSchedule
from django.conf import settings
from django.db.models import Max
from django.urls import reverse
from django.utils.translation import gettext as _

from activity.models import AccountMail, Notification
from billing.models import ConsumptionDay
from core import clock, formats
from core.admin_lists import COUNTED, shown_count
from followups.models import GenerationRun
from jobs.models import Job
from ops.models import TaskRun
from ops.rows import Row, bad, ok, warn

LONG_JOB = timedelta(hours=1)
LATE_MAIL = timedelta(minutes=15)
GRACE = timedelta(minutes=2)  # a task may begin that late
SHOWN = 5  # rows of the last runs and failures
DAYS = 7  # of consumption data looked back on


def queue_rows(at: datetime) -> Iterator[Row]:
    yield _oldest_job(at)
    yield _oldest_mail(at)
    yield _dead_letters()


def _oldest_job(at: datetime) -> Row:
    what = _("最早的未完成任务")
    waiting = Job.objects.unfinished().order_by("pk")
    created = list(waiting.values_list("created_at", flat=True)[: COUNTED + 1])
    if not created:
        return ok("queue.jobs", what, _("没有未完成的任务"))
    first, count = created[0], shown_count(len(created))
    says = _("已 %(age)s，共 %(n)s 个") % {"age": age(at - first), "n": count}
    if at - first < LONG_JOB:
        return ok("queue.jobs", what, says)
    return warn(
        "queue.jobs",
        what,
        says,
        why=_("导出等任务通常在几分钟内完成；申请人在等待。"),
        mend=_("查看工作进程是否在运行，以及它的日志"),
        url=_jobs(f"state__exact={Job.State.QUEUED}"),
    )


def _oldest_mail(at: datetime) -> Row:
    what = _("最早的到期未发邮件")
    due = (
        Notification.objects.to_mail().order_by("mail_next_at", "pk"),
        AccountMail.objects.order_by("mail_next_at", "pk"),
    )
    firsts = [rows.values_list("mail_next_at", flat=True).first() for rows in due]
    overdue = max((at - first for first in firsts if first), default=timedelta())
    if overdue <= timedelta():
        return ok("queue.mail", what, _("没有到期未发的邮件"))
    says = _("已到期 %(age)s") % {"age": age(overdue)}
    if overdue < LATE_MAIL:
        return ok("queue.mail", what, says)
    return bad(
        "queue.mail",
        what,
        says,
        why=_("密码重置等邮件没有送达。"),
        mend=_("查看工作进程，再运行 manage.py doctor 检查邮件服务器"),
    )


def _dead_letters() -> Row:
    what = _("发送失败的邮件")
    count = len(Notification.objects.undeliverable().values_list("pk")[: COUNTED + 1])
    if not count:
        return ok("queue.dead", what, _("没有"))
    return warn(
        "queue.dead",
        what,
        shown_count(count),
        why=_("多次尝试后仍未送达；接收人只能在站内信中看到。"),
        mend=_("在“站内信”筛选“发送失败”后重新发送，或运行 manage.py resend_mail"),
        url=reverse("admin:activity_notification_changelist"),
    )


# ---- the clock ----


def schedule_rows(at: datetime) -> Iterator[Row]:
    runs = {run.name: run for run in TaskRun.objects.all()}
    for name, entry in settings.CELERY_BEAT_SCHEDULE.items():
        what = str(settings.SCHEDULE_SENTENCES.get(name, name))
        yield _entry_row(f"schedule.{name}", what, entry, runs.get(entry["task"]), at)


def next_due(schedule: Any, after: datetime) -> datetime:
    """When an entry of the schedule is due first after this instant."""
    if isinstance(schedule, timedelta):
        return after + schedule
    if not isinstance(schedule, BaseSchedule):
        raise TypeError(schedule)
    last, until, _now = schedule.remaining_delta(after)
    return last + until


def _entry_row(key: str, what: str, entry: Any, run: TaskRun | None, at: datetime) -> Row:
    due = _("下次 %(at)s") % {"at": formats.instant(next_due(entry["schedule"], at))}
    if run is None:
        return warn(
            key,
            what,
            _("还没有运行过；%(due)s") % {"due": due},
            why=_("刚安装时如此；之后说明定时进程或工作进程没有运行。"),
            mend="celery -A partnercenter beat · celery -A partnercenter worker",
        )
    says = _("；").join(filter(None, (_last(run), due)))
    missed = next_due(entry["schedule"], run.started_at)
    if missed + GRACE < at:
        return bad(
            key,
            what,
            _("错过了 %(at)s 的一次；%(says)s") % {"at": formats.instant(missed), "says": says},
            why=_("定时进程或工作进程没有运行，或者太忙。"),
            mend="celery -A partnercenter beat · celery -A partnercenter worker",
        )
    if run.has_failed:
        return bad(
            key,
            what,
            _("上次失败：%(error)s（日志编号 %(id)s）；%(says)s")
            % {"error": run.error, "id": run.error_id, "says": says},
            why=_("这项工作没有做完，下次会再做。"),
            mend=_("在工作进程的日志中查找该编号"),
        )
    return ok(key, what, says)


def _last(run: TaskRun) -> str:
    """`上次成功 2026-11-20 06:00:01，用时 1.2 秒`."""
    if run.succeeded_at is None:
        return _("开始于 %(at)s") % {"at": formats.instant(run.started_at)}
    said = _("上次成功 %(at)s") % {"at": formats.instant(run.succeeded_at)}
    if run.seconds is None or run.has_failed:
        return said
    return _("%(said)s，用时 %(seconds)s 秒") % {"said": said, "seconds": f"{run.seconds:.1f}"}


# ---- alerts and their data ----


def generation_rows(at: datetime) -> Iterator[Row]:
    runs = GenerationRun.objects.select_related("rule").order_by("-business_date", "-pk")
    for run in runs[:SHOWN]:
        yield _run_row(run)
    yield _data_row(at)


def _run_row(run: GenerationRun) -> Row:
    what = f"{run.business_date} {run.rule or ''}".strip()
    url = reverse("admin:followups_generationrun_change", args=[run.pk])
    if run.state == GenerationRun.State.DONE:
        says = _("已完成，新增 %(made)d 条") % {"made": run.made}
        return ok(f"generation.{run.pk}", what, says, url)
    return warn(
        f"generation.{run.pk}",
        what,
        f"{run.get_state_display()} {run.reason}".strip(),
        why=_("这一天的预警还不完整。"),
        mend="manage.py generate_followups --catch-up",
        url=url,
    )


def _data_row(at: datetime) -> Row:
    """Yesterday's consumption is expected until noon of today."""
    what, today = _("消费数据完整到"), clock.day_of(at)
    last = ConsumptionDay.objects.aggregate(last=Max("day"))["last"]
    gap = ConsumptionDay.objects.first_gap(today - timedelta(days=DAYS), today - timedelta(days=2))
    if last is None or gap:
        says = _("缺 %(day)s") % {"day": gap} if gap else _("还没有数据")
        return warn(
            "generation.data",
            what,
            says,
            why=_("没有完整的数据就没有当天的预警。"),
            mend=_("manage.py import_consumption 文件 --complete-through 日期"),
        )
    return ok("generation.data", what, last)


def failed_job_rows(at: datetime) -> Iterator[Row]:
    failed = Job.objects.filter(state=Job.State.FAILED).order_by("-pk").select_related("partner")
    rows = [_failed_row(job) for job in failed[:SHOWN]]
    yield from rows or [ok("failed", _("失败的任务"), _("没有"))]


def _failed_row(job: Job) -> Row:
    return warn(
        f"failed.{job.pk}",
        _("%(job)s（%(partner)s）") % {"job": job, "partner": job.partner},
        _("%(at)s：%(reason)s") % {"at": formats.instant(job.finished_at), "reason": job.reason},
        why=_("申请人没有得到文件，已收到通知。"),
        mend=_("原因排除后，打开该任务点击“重试”"),
        url=reverse("admin:jobs_job_change", args=[job.pk]),
    )


def _jobs(query: str) -> str:
    return f"{reverse('admin:jobs_job_changelist')}?{query}"


def age(span: timedelta) -> str:
    """`3 分钟`, `5 小时`, `2 天`."""
    seconds = max(0, int(span.total_seconds()))
    if seconds < 120:
        return _("%(n)d 秒") % {"n": seconds}
    if seconds < 7200:
        return _("%(n)d 分钟") % {"n": seconds // 60}
    if seconds < 2 * 86400:
        return _("%(n)d 小时") % {"n": seconds // 3600}
    return _("%(n)d 天") % {"n": seconds // 86400}
