from django.db import migrations

from core.tenancy import SameTenant, TenantTable, Updates


class Migration(migrations.Migration):
    dependencies = [("jobs", "0008_imports")]
    operations = [
        TenantTable("Import", writes=("insert", "update")),
        Updates("Import", "mapping", "preview", "wrong", "seal", "job_id", "committed_at", "done"),
        SameTenant("Import", "member_id", "org_member"),
        SameTenant("Import", "job_id", "jobs_job"),
    ]
