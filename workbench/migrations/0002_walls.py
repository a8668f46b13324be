from django.db import migrations

from core.tenancy import SameTenant, TenantTable, Updates


class Migration(migrations.Migration):
    dependencies = [("workbench", "0001_initial"), ("org", "0002_walls")]
    operations = [
        TenantTable("SavedView"),
        TenantTable("Arrangement", writes=("insert", "update")),
        Updates("SavedView", "name", "query", "is_shared"),
        Updates(
            "Arrangement",
            "column_order",
            "hidden_columns",
            "pinned_columns",
            "is_compact",
            "default_view_id",
            "pinned_views",
        ),
        SameTenant("SavedView", "member_id", "org_member"),
        SameTenant("Arrangement", "member_id", "org_member"),
        SameTenant("Arrangement", "default_view_id", "workbench_savedview"),
    ]
