from django.db import migrations

from core.tenancy import SameTenant, TenantTable


class Migration(migrations.Migration):
    dependencies = [("activity", "0001_initial"), ("org", "0002_walls")]
    operations = [
        TenantTable(
            "Activity",
            writes=("insert",),
            # Signing in happens before a partner is chosen.
            or_reads="(partner_id IS NULL AND user_id = %(user)s)",
            or_writes="(partner_id IS NULL AND user_id = %(user)s)",
            append_only=True,
        ),
        TenantTable("Notification", writes=("insert", "update")),
        SameTenant("Activity", "member_id", "org_member"),
        SameTenant("Notification", "member_id", "org_member"),
    ]
