from django.db import migrations

from core.tenancy import Updates


class Migration(migrations.Migration):
    dependencies = [("followups", "0010_what_is_kept")]
    operations = [Updates("Alert", "state", "handled_at")]
