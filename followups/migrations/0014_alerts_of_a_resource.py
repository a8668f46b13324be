from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Built beside the running application, without a lock on the alerts."""

    atomic = False
    dependencies = [("followups", "0013_found_by_day")]
    operations = [
        AddIndexConcurrently(
            "alert",
            models.Index(
                fields=["partner", "subject"],
                name="followups_alert_subject_idx",
                condition=~models.Q(subject=""),
            ),
        ),
    ]
