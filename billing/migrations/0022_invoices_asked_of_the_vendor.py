from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("billing", "0021_reports_on_the_desk")]
    operations = [
        AddIndexConcurrently(
            "invoice",
            models.Index(
                fields=["partner", "-created_at", "-id"],
                name="billing_invoice_asked_idx",
                condition=Q(direction="to_partner"),
            ),
        ),
    ]
