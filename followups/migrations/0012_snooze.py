"""An alert may be put aside until a day. What stands already is checked by the next migration."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import Q

from core.tenancy import Updates


class Migration(migrations.Migration):
    dependencies = [("followups", "0011_updates")]
    operations = [
        migrations.AddField(
            model_name="alert",
            name="snoozed_until",
            field=models.DateField(null=True, verbose_name="暂缓至"),
        ),
        migrations.AddField(
            model_name="alert",
            name="snoozed_figure",
            field=models.CharField(blank=True, db_default="", default="", max_length=200),
        ),
        AddConstraintNotValid(
            model_name="alert",
            constraint=models.CheckConstraint(
                name="followups_alert_snoozed_while_pending",
                condition=Q(snoozed_until__isnull=True, snoozed_figure="")
                | Q(state="pending", snoozed_until__isnull=False),
            ),
        ),
        Updates("Alert", "state", "handled_at", "snoozed_until", "snoozed_figure"),
    ]
