"""The configurations that wait for a reviewer, counted on the first page of the desk."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("coupons", "0007_indexes_of_tabs")]
    operations = [
        AddIndexConcurrently(
            "voucherplan",
            models.Index(
                fields=["-id"],
                name="coupons_plans_waiting_idx",
                condition=models.Q(state="waiting"),
            ),
        ),
    ]
