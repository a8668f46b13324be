from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """For the vendor's desk: failed jobs among very many."""

    atomic = False
    dependencies = [("jobs", "0004_batches_checked")]
    operations = [
        AddIndexConcurrently("job", models.Index(fields=["state", "-id"], name="jobs_job_state_idx")),
    ]
