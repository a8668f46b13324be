from django.db import migrations

from core.tenancy import SameTenant, TenantTable


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0023_online_contracts"),
        ("org", "0009_sensitive_needs_code"),
    ]
    operations = [
        # Made by the partner, changed by nobody.
        TenantTable("PaymentAgreement", writes=("insert",), private=True, append_only=True),
        SameTenant("PaymentAgreement", "made_by_id", "org_member"),
    ]
