from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """Built beside the running application, without a lock on the notifications."""

    atomic = False
    dependencies = [("activity", "0009_notices")]
    operations = [
        AddIndexConcurrently(
            "notification",
            models.Index(
                fields=["member"],
                name="activity_unread_open_idx",
                condition=Q(read_at__isnull=True, closed_at__isnull=True),
            ),
        ),
        AddIndexConcurrently(
            "notification",
            models.Index(
                fields=["cause"],
                name="activity_open_cause_idx",
                condition=Q(closed_at__isnull=True) & ~Q(cause=""),
            ),
        ),
        AddIndexConcurrently(
            "notification",
            models.Index(
                fields=["-id"],
                name="activity_mail_failed_idx",
                condition=Q(mail_state="failed"),
            ),
        ),
        RemoveIndexConcurrently("notification", "activity_unread_idx"),
    ]
