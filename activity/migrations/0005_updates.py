from django.db import migrations

from core.tenancy import Updates


class Migration(migrations.Migration):
    dependencies = [("activity", "0004_account_mail")]
    operations = [Updates("Notification", "read_at")]
