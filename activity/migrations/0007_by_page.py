from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Built beside the running application."""

    atomic = False
    dependencies = [("activity", "0006_pages")]
    operations = [
        AddIndexConcurrently(
            "activity",
            models.Index(fields=["partner", "page", "id"], name="activity_by_page_idx"),
        ),
    ]
