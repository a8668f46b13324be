"""A second person's word before a file holds personal data unmasked."""

import django.db.models.deletion
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import F, Q

from core.tenancy import SameTenant, Updates

_STATES = [
    ("pending", "待审批"), ("queued", "排队中"), ("running", "进行中"), ("done", "已完成"),
    ("failed", "失败"), ("refused", "未通过"), ("cancelled", "已取消"), ("expired", "已过期"),
]


class Migration(migrations.Migration):
    dependencies = [("jobs", "0005_find_by_state"), ("org", "0006_exports_need_approval")]
    operations = [
        migrations.AlterField(
            "job", "state",
            models.CharField("状态", max_length=10, choices=_STATES, default="queued"),
        ),
        migrations.AddField(
            "job", "needs_approval", models.BooleanField("需审批", default=False, db_default=False)
        ),
        migrations.AddField(
            "job", "approver",
            models.ForeignKey(
                "org.Member", verbose_name="审批人", null=True, related_name="+",
                on_delete=django.db.models.deletion.PROTECT, db_constraint=False, db_index=False,
            ),
        ),
        SameTenant("Job", "approver_id", "org_member"),
        Updates("Job", "state", "finished_at", "reason", "approver_id"),  # cancelled, decided
        migrations.RemoveConstraint("job", "jobs_job_state_and_times"),
        AddConstraintNotValid(
            "job",
            models.CheckConstraint(
                name="jobs_job_state_and_times",
                condition=Q(state__in=["pending", "queued", "running"], finished_at__isnull=True)
                | Q(state__in=["done", "expired"], finished_at__isnull=False)
                & Q(rows__isnull=False)
                & (Q(kind="bulk") | Q(expires_at__isnull=False))
                | Q(state__in=["failed", "refused", "cancelled"], finished_at__isnull=False),
            ),
        ),
        AddConstraintNotValid(
            "job",
            models.CheckConstraint(
                name="jobs_job_approved_by_another",
                condition=Q(needs_approval=False, approver__isnull=True) & ~Q(state="pending")
                | Q(needs_approval=True, approver__isnull=True)
                & Q(state__in=["pending", "refused", "cancelled"])
                | Q(needs_approval=True, approver__isnull=False)
                & ~Q(state="pending")
                & ~Q(approver=F("member")),
            ),
        ),
    ]
