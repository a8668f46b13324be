from django.db import migrations

from core.tenancy import Updates


class Migration(migrations.Migration):
    dependencies = [("customers", "0008_no_overlap")]
    operations = [
        Updates("Customer", "account_manager_id"),
        Updates("Assignment", "ended_at"),
    ]
