from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("billing", "0013_charges_of_customers")]
    operations = [
        AddIndexConcurrently(
            "resource",
            models.Index(
                fields=["partner", "expires_on", "id"],
                name="billing_resource_by_expiry_idx",
                condition=~Q(state="released") & Q(expires_on__isnull=False),
            ),
        ),
        AddIndexConcurrently(
            "resource",
            models.Index(
                fields=["partner", "-created_on", "-id"],
                name="billing_resource_on_demand_idx",
                condition=~Q(state="released") & Q(expires_on__isnull=True),
            ),
        ),
    ]
