from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Built beside the running application, without a lock on the customers."""

    atomic = False
    dependencies = [("customers", "0002_walls")]
    operations = [
        AddIndexConcurrently(
            "customer",
            models.Index(
                fields=["account_manager", "partner"],
                include=["id"],
                name="customers_of_manager_idx",
            ),
        ),
    ]
