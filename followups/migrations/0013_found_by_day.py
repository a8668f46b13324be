from django.contrib.postgres.operations import AddIndexConcurrently, ValidateConstraint
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """Built and checked beside the running application."""

    atomic = False
    dependencies = [("followups", "0012_snooze")]
    operations = [
        ValidateConstraint(model_name="alert", name="followups_alert_snoozed_while_pending"),
        AddIndexConcurrently(
            "alert",
            models.Index(
                fields=["partner", "account_manager", "cause"],
                name="followups_alert_expiring_idx",
                condition=Q(state="pending", scenario="expiring"),
            ),
        ),
        AddIndexConcurrently(
            "alert",
            models.Index(
                fields=["partner", "-raised_at", "-id"],
                name="followups_alert_snoozed_idx",
                condition=Q(snoozed_until__isnull=False),
            ),
        ),
    ]
