"""The desk finds sub-accounts by how their number or name begins."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("billing", "0005_attach_partitions")]
    operations = [
        AddIndexConcurrently(
            "subaccount",
            models.Index(
                name=f"billing_subaccount_{field}_idx",
                fields=[field],
                opclasses=["varchar_pattern_ops"],
            ),
        )
        for field in ("number", "name")
    ]
