from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """分配记录, newest first. Built beside the running application."""

    atomic = False
    dependencies = [("customers", "0011_walls_of_notes")]
    operations = [
        AddIndexConcurrently(
            "assignment",
            models.Index(
                fields=["partner", "-started_at", "-id"], name="customers_assignment_time_idx"
            ),
        ),
    ]
