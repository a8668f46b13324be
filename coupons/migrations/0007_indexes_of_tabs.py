"""The tabs of 使用记录, and the few lines about quotas among those about coupons."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("coupons", "0006_fewer_indexes")]
    operations = [
        AddIndexConcurrently(
            "couponuse",
            models.Index(fields=["partner", "state", "-id"], name="coupons_uses_by_state_idx"),
        ),
        AddIndexConcurrently(
            "couponrecord",
            models.Index(
                fields=["partner", "-id"],
                name="coupons_records_of_quotas_idx",
                condition=models.Q(type__in=["give", "take"]),
            ),
        ),
    ]
