from django.db import migrations

from core.tenancy import SameTenant, TenantTable, VendorTable


class Migration(migrations.Migration):
    dependencies = [("followups", "0001_initial"), ("customers", "0002_walls")]
    operations = [
        VendorTable("Rule", reads=True),
        VendorTable("GenerationRun"),
        TenantTable("Alert", writes=("update",)),
        TenantTable("AlertHandling", writes=("insert",), append_only=True),
        TenantTable("Attachment", writes=("insert",), append_only=True),
        SameTenant("Alert", "customer_id", "customers_customer"),
        SameTenant("AlertHandling", "alert_id", "followups_alert"),
        SameTenant("AlertHandling", "handled_by_id", "org_member"),
        SameTenant("Attachment", "handling_id", "followups_alerthandling"),
    ]
