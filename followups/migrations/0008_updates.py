from django.db import migrations

from core.tenancy import Updates


class Migration(migrations.Migration):
    dependencies = [("followups", "0007_queue_of_manager")]
    operations = [Updates("Alert", "state", "handled_at")]
