"""A time of contact or recovery that nobody can mean cannot be read again: kept out from now on."""

import datetime

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import F, Q, Value


class Migration(migrations.Migration):
    dependencies = [("followups", "0007_queue_of_manager")]
    operations = [
        AddConstraintNotValid(
            model_name="alerthandling",
            constraint=models.CheckConstraint(
                name="followups_handling_contact_in_time",
                condition=Q(contacted_at__isnull=True)
                | Q(
                    contacted_at__gte=datetime.datetime(
                        2009, 12, 31, 16, tzinfo=datetime.timezone.utc
                    ),
                    contacted_at__lte=F("handled_at") + Value(datetime.timedelta(minutes=10)),
                ),
            ),
        ),
        AddConstraintNotValid(
            model_name="alerthandling",
            constraint=models.CheckConstraint(
                name="followups_handling_recovery_in_time",
                condition=Q(expected_recovery_on__isnull=True)
                | Q(
                    expected_recovery_on__gte=datetime.date(1990, 1, 1),
                    expected_recovery_on__lte=datetime.date(2200, 12, 31),
                ),
            ),
        ),
    ]
