"""Batches: jobs that do one deed to many rows, and what became of each row."""

import django.db.models.deletion
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import Q

from core.tenancy import SameTenant, TenantTable, Updates


class Migration(migrations.Migration):
    dependencies = [("jobs", "0002_walls")]
    operations = [
        migrations.AlterField(
            "job",
            "kind",
            models.CharField(
                choices=[("export", "导出"), ("bulk", "批量操作")],
                max_length=10,
                verbose_name="类型",
            ),
        ),
        migrations.AddField("job", "told_at", models.DateTimeField(null=True)),
        migrations.AddField(
            "job",
            "undoes",
            models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="undone_by",
                to="jobs.job",
            ),
        ),
        migrations.RemoveConstraint("job", "jobs_job_state_and_times"),
        AddConstraintNotValid(
            "job",
            models.CheckConstraint(
                name="jobs_job_state_and_times",
                condition=Q(state__in=["queued", "running"], finished_at__isnull=True)
                | Q(state__in=["done", "expired"], finished_at__isnull=False)
                & Q(rows__isnull=False)
                & (Q(kind="bulk") | Q(expires_at__isnull=False))
                | Q(state__in=["failed", "cancelled"], finished_at__isnull=False),
            ),
        ),
        migrations.RemoveConstraint("job", "jobs_job_file_only_when_done"),
        AddConstraintNotValid(
            "job",
            models.CheckConstraint(
                name="jobs_job_file_only_when_done",
                condition=Q(state="done", kind="export") ^ Q(file=""),
            ),
        ),
        migrations.CreateModel(
            name="JobRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("subject_id", models.BigIntegerField()),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("waiting", "未执行"),
                            ("done", "成功"),
                            ("skipped", "跳过"),
                            ("failed", "失败"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="结果",
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True, default="", max_length=500, verbose_name="原因"
                    ),
                ),
                ("before", models.JSONField(default=dict)),
                ("after", models.JSONField(default=dict)),
                ("at", models.DateTimeField(null=True, verbose_name="处理时间")),
                (
                    "job",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="items",
                        to="jobs.job",
                    ),
                ),
                (
                    "partner",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="org.partner",
                    ),
                ),
            ],
            options={
                "verbose_name": "任务明细",
                "verbose_name_plural": "任务明细",
                "indexes": [
                    models.Index(fields=["job", "id"], name="jobs_jobrow_job_idx"),
                    models.Index(
                        fields=["job", "outcome", "id"], name="jobs_jobrow_outcome_idx"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=["job", "subject_id"], name="jobs_jobrow_once"),
                    models.CheckConstraint(
                        condition=Q(outcome="waiting", at__isnull=True)
                        | Q(outcome__in=["done", "skipped", "failed"], at__isnull=False),
                        name="jobs_jobrow_outcome_and_time",
                    ),
                ],
            },
        ),
        TenantTable("JobRow", writes=("insert", "update")),
        Updates("JobRow", "outcome", "reason", "before", "after", "at"),
        SameTenant("JobRow", "job_id", "jobs_job"),
        SameTenant("Job", "undoes_id", "jobs_job"),
    ]
