"""What stands already is checked without a lock on what is asked for meanwhile."""

from django.contrib.postgres.operations import AddIndexConcurrently, ValidateConstraint
from django.db import migrations, models
from django.db.models import Q

_UNDONE_ONCE = (
    "CREATE UNIQUE INDEX CONCURRENTLY jobs_job_undone_once ON jobs_job (undoes_id)"
    " WHERE undoes_id IS NOT NULL AND NOT (state IN ('failed', 'cancelled'))"
)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("jobs", "0003_batches")]
    operations = [
        ValidateConstraint("job", "jobs_job_state_and_times"),
        ValidateConstraint("job", "jobs_job_file_only_when_done"),
        migrations.SeparateDatabaseAndState(
            [migrations.RunSQL(_UNDONE_ONCE, "DROP INDEX jobs_job_undone_once")],
            [
                migrations.AddConstraint(
                    "job",
                    models.UniqueConstraint(
                        name="jobs_job_undone_once",
                        fields=["undoes"],
                        condition=Q(undoes__isnull=False) & ~Q(state__in=["failed", "cancelled"]),
                    ),
                )
            ],
        ),
        AddIndexConcurrently(
            "job",
            models.Index(
                fields=["id"],
                name="jobs_job_untold_idx",
                condition=Q(kind="bulk", finished_at__isnull=False, told_at__isnull=True),
            ),
        ),
    ]
