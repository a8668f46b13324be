from django.db import migrations, models

from core.tenancy import APP


class Migration(migrations.Migration):
    """验证码验证: the partner may ask for the second factor again before sensitive acts."""

    dependencies = [("org", "0008_check_customers_side")]
    operations = [
        migrations.AddField(
            "partner",
            "sensitive_needs_code",
            models.BooleanField("敏感操作须再次验证", default=False, db_default=False),
        ),
        migrations.RunSQL(
            f"GRANT UPDATE (sensitive_needs_code) ON org_partner TO {APP}",
            f"REVOKE UPDATE (sensitive_needs_code) ON org_partner FROM {APP}",
        ),
    ]
