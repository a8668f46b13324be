from django.db import migrations

from core.tenancy import Updates


class Migration(migrations.Migration):
    dependencies = [("customers", "0003_customers_of_manager")]
    operations = [
        Updates("Customer", "account_manager_id"),
        Updates("Assignment", "ended_at"),
    ]
