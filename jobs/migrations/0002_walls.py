from django.db import migrations

from core.tenancy import SameTenant, TenantTable, Updates


class Migration(migrations.Migration):
    dependencies = [("jobs", "0001_initial"), ("org", "0002_walls")]
    operations = [
        TenantTable("Job", writes=("insert", "update")),
        Updates("Job", "state", "finished_at"),  # cancelled
        SameTenant("Job", "member_id", "org_member"),
    ]
