from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("customers", "0015_check_facts")]
    operations = [
        AddIndexConcurrently(
            "customer",
            models.Index(
                fields=["partner", "-arrears", "-id"],
                name="customers_in_arrears_idx",
                condition=Q(disassociated_at__isnull=True, arrears__gt=0),
            ),
        ),
    ]
