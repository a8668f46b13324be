from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Built beside the running application, without a lock on the alerts."""

    atomic = False
    dependencies = [("followups", "0006_fill_account_manager")]
    operations = [
        AddIndexConcurrently(
            "alert",
            models.Index(
                fields=["partner", "account_manager", "state", "-raised_at", "-id"],
                name="followups_alert_manager_idx",
            ),
        ),
    ]
