from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.locking import LockingQuerySet
from core.refusals import InvalidTransition
from org.models import Member, Partner
from org.permissions import EXPORTS_APPROVE

from .imports import models as _imports  # noqa: F401  (its table is the app's, too)

KEPT = timedelta(days=3)  # how long a file can be fetched
UNDO_WITHIN = timedelta(hours=24)  # how long a batch can be undone
WAITED_FOR = timedelta(days=3)  # how long an approval is waited for


class JobQuerySet(LockingQuerySet):
    def visible_to(self, member: Member) -> "JobQuerySet":
        """One's own jobs, and for who may approve exports those that ask for it."""
        own = self.owned_by(member)
        if member.is_main_account or not member.may(EXPORTS_APPROVE):
            return own
        return own | self.filter(partner_id=member.partner_id, needs_approval=True)

    def owned_by(self, member: Member) -> "JobQuerySet":
        """Whoever asked for a job may end it and fetch its file; so may the main account."""
        ours = self.filter(partner_id=member.partner_id)
        return ours if member.is_main_account else ours.filter(member=member)

    def unfinished(self) -> "JobQuerySet":
        return self.filter(state__in=Job.UNFINISHED)

    def untold(self) -> "JobQuerySet":
        """Batches that are over, of which those concerned do not know yet."""
        return self.filter(kind=Job.Kind.BULK, finished_at__isnull=False, told_at__isnull=True)

    def open(self) -> "JobQuerySet":
        """Unfinished, or waiting for a second person's word."""
        return self.filter(state__in=(Job.State.PENDING, *Job.UNFINISHED))

    def outdated(self, at: datetime) -> "JobQuerySet":
        """Files whose days are over."""
        return self.filter(state=Job.State.DONE, expires_at__lte=at)


class Job(models.Model):
    """任务: work that takes longer than a request, and the file that it makes.

    The row is the queue of record; Celery only wakes a worker. What is to be done stands in
    `parameters`, read by whoever does that kind of work (partnercenter/work.py).
    """

    class Kind(models.TextChoices):
        EXPORT = "export", _("导出")
        BULK = "bulk", _("批量操作")

    class State(models.TextChoices):
        PENDING = "pending", _("待审批")
        QUEUED = "queued", _("排队中")
        RUNNING = "running", _("进行中")
        DONE = "done", _("已完成")
        FAILED = "failed", _("失败")
        REFUSED = "refused", _("未通过")
        CANCELLED = "cancelled", _("已取消")
        EXPIRED = "expired", _("已过期")

    UNFINISHED = (State.QUEUED, State.RUNNING)

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="+")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="jobs")
    kind = models.CharField(_("类型"), max_length=10, choices=Kind)
    title = models.CharField(_("任务"), max_length=100)
    said = models.CharField(_("范围"), max_length=500, blank=True, default="")
    parameters = models.JSONField(default=dict)
    # A form that is sent twice makes one job.
    token = models.UUIDField()
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.QUEUED)
    # A second person's word (jobs/approval.py); null while nobody gave it.
    needs_approval = models.BooleanField(_("需审批"), default=False, db_default=False)
    approver = models.ForeignKey(
        Member,
        verbose_name=_("审批人"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,  # the database has a stronger one, see the migrations
        db_index=False,
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    reason = models.CharField(_("说明"), max_length=500, blank=True, default="")
    rows = models.PositiveIntegerField(_("行数"), null=True)
    file = models.FileField(upload_to="jobs/%Y/%m/", blank=True)
    size = models.PositiveBigIntegerField(_("大小"), null=True)
    created_at = models.DateTimeField(_("创建时间"))
    finished_at = models.DateTimeField(_("完成时间"), null=True)
    expires_at = models.DateTimeField(_("过期时间"), null=True)
    # Of batches: which one this takes back, and when those concerned were told (the outbox).
    undoes = models.ForeignKey(
        "self",
        null=True,
        on_delete=models.PROTECT,
        related_name="undone_by",
        db_index=False,
        db_constraint=False,  # SameTenant's constraint is stricter
    )
    told_at = models.DateTimeField(null=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = _("任务")
        verbose_name_plural = _("任务")
        constraints = [
            models.UniqueConstraint(name="jobs_job_asked_once", fields=["member", "token"]),
            models.CheckConstraint(
                name="jobs_job_state_and_times",
                condition=Q(state__in=["pending", "queued", "running"], finished_at__isnull=True)
                | Q(state__in=["done", "expired"], finished_at__isnull=False)
                & Q(rows__isnull=False)
                & (Q(kind="bulk") | Q(expires_at__isnull=False))
                | Q(state__in=["failed", "refused", "cancelled"], finished_at__isnull=False),
            ),
            models.CheckConstraint(
                name="jobs_job_approved_by_another",
                condition=Q(needs_approval=False, approver__isnull=True) & ~Q(state="pending")
                | Q(needs_approval=True, approver__isnull=True)
                & Q(state__in=["pending", "refused", "cancelled"])
                | Q(needs_approval=True, approver__isnull=False)
                & ~Q(state="pending")
                & ~Q(approver=F("member")),
            ),
            models.CheckConstraint(
                name="jobs_job_file_only_when_done",
                condition=Q(state="done", kind="export") ^ Q(file=""),
            ),
            models.UniqueConstraint(
                name="jobs_job_undone_once",
                fields=["undoes"],
                condition=Q(undoes__isnull=False) & ~Q(state__in=["failed", "cancelled"]),
            ),
        ]
        indexes = [
            models.Index(fields=["partner", "-created_at", "-id"], name="jobs_job_partner_idx"),
            models.Index(fields=["member", "-created_at", "-id"], name="jobs_job_member_idx"),
            models.Index(
                fields=["id"], name="jobs_job_unfinished_idx", condition=Q(finished_at__isnull=True)
            ),
            models.Index(
                fields=["expires_at"], name="jobs_job_expires_idx", condition=Q(state="done")
            ),
            models.Index(
                fields=["id"],
                name="jobs_job_untold_idx",
                condition=Q(kind="bulk", finished_at__isnull=False, told_at__isnull=True),
            ),
            models.Index(fields=["state", "-id"], name="jobs_job_state_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.title} #{self.pk}"

    @property
    def lapses_at(self) -> datetime:
        """Until when an approval is waited for."""
        return self.created_at + WAITED_FOR

    @property
    def is_unfinished(self) -> bool:
        return self.state in self.UNFINISHED

    @property
    def undo_until(self) -> datetime | None:
        return self.finished_at + UNDO_WITHIN if self.finished_at else None

    def mark_done(self, *, rows: int, file: str, size: int, at: datetime) -> None:
        self._leave(self.State.RUNNING)
        self.state, self.rows, self.file, self.size = self.State.DONE, rows, file, size
        self.finished_at, self.expires_at = at, at + KEPT
        self.save()

    def mark_worked(self, *, rows: int, reason: str, at: datetime) -> None:
        """A batch came to its end; `reason` says how many rows it did."""
        self._leave(self.State.RUNNING)
        self.state, self.rows, self.reason, self.finished_at = self.State.DONE, rows, reason, at
        self.save(update_fields=["state", "rows", "reason", "finished_at"])

    def mark_failed(self, *, reason: str, at: datetime) -> None:
        self._leave(*self.UNFINISHED)
        self.state, self.reason, self.finished_at = self.State.FAILED, reason[:500], at
        self.save()

    def mark_approved(self, *, by: Member) -> None:
        self._leave(self.State.PENDING)
        self.state, self.approver = self.State.QUEUED, by
        self.save(update_fields=["state", "approver"])

    def mark_refused(self, *, by: Member | None, reason: str, at: datetime) -> None:
        """By a member, or by nobody when the days of waiting are over."""
        self._leave(self.State.PENDING)
        self.state, self.approver, self.reason = self.State.REFUSED, by, reason[:500]
        self.finished_at = at
        self.save(update_fields=["state", "approver", "reason", "finished_at"])

    def mark_cancelled(self, *, at: datetime) -> None:
        self._leave(self.State.PENDING, *self.UNFINISHED)
        self.state, self.finished_at = self.State.CANCELLED, at
        self.save(update_fields=["state", "finished_at"])

    def mark_waiting_again(self) -> None:
        self._leave(self.State.FAILED)
        self.state, self.reason, self.attempts = self.State.QUEUED, "", 0
        self.finished_at = None
        self.save(update_fields=["state", "reason", "attempts", "finished_at"])

    def mark_expired(self) -> None:
        self._leave(self.State.DONE)
        self.state, self.file = self.State.EXPIRED, ""
        self.save()

    def _leave(self, *states: str) -> None:
        if self.state not in states:
            raise InvalidTransition(
                _("该任务%(state)s，不能执行此操作。") % {"state": self.get_state_display()}
            )


class JobRowQuerySet(LockingQuerySet):
    def visible_to(self, member: Member) -> "JobRowQuerySet":
        return self.filter(job__in=Job.objects.visible_to(member))

    def waiting(self) -> "JobRowQuerySet":
        return self.filter(outcome=JobRow.Outcome.WAITING)

    def done(self) -> "JobRowQuerySet":
        return self.filter(outcome=JobRow.Outcome.DONE)


class JobRow(models.Model):
    """任务明细: one row of a batch, chosen when it was asked for, and what became of it.

    The outcome is written in the transaction of the deed, so that each row is done once, however
    often its worker is killed.
    """

    class Outcome(models.TextChoices):
        WAITING = "waiting", _("未执行")
        DONE = "done", _("成功")
        SKIPPED = "skipped", _("跳过")
        FAILED = "failed", _("失败")

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="+", db_index=False)
    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="items", db_index=False)
    subject_id = models.BigIntegerField()  # the action says of which table
    outcome = models.CharField(_("结果"), max_length=10, choices=Outcome, default=Outcome.WAITING)
    reason = models.CharField(_("原因"), max_length=500, blank=True, default="")
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    at = models.DateTimeField(_("处理时间"), null=True)

    objects = JobRowQuerySet.as_manager()

    class Meta:
        verbose_name = _("任务明细")
        verbose_name_plural = _("任务明细")
        constraints = [
            models.UniqueConstraint(name="jobs_jobrow_once", fields=["job", "subject_id"]),
            models.CheckConstraint(
                name="jobs_jobrow_outcome_and_time",
                condition=Q(outcome="waiting", at__isnull=True)
                | Q(outcome__in=["done", "skipped", "failed"], at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["job", "id"], name="jobs_jobrow_job_idx"),
            models.Index(fields=["job", "outcome", "id"], name="jobs_jobrow_outcome_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.job_id}/{self.subject_id}"

    def mark(
        self,
        outcome: str,
        *,
        at: datetime,
        reason: str = "",
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
    ) -> None:
        self.outcome, self.reason, self.at = outcome, reason[:500], at
        self.before, self.after = dict(before or {}), dict(after or {})
        self.save(update_fields=["outcome", "reason", "at", "before", "after"])
