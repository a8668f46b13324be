from django.db import migrations, models

from core.tenancy import APP

_POLICY = f"""
CREATE POLICY partner_updates ON org_partner FOR UPDATE TO {APP}
    USING (id = (SELECT nullif(current_setting('app.partner_id', true), '')::bigint))
    WITH CHECK (id = (SELECT nullif(current_setting('app.partner_id', true), '')::bigint));
GRANT UPDATE (exports_need_approval) ON org_partner TO {APP};
"""


class Migration(migrations.Migration):
    """The one thing of itself that a partner changes."""

    dependencies = [("org", "0005_distributors_are_distributors")]
    operations = [
        migrations.AddField(
            "partner",
            "exports_need_approval",
            models.BooleanField("导出个人信息需审批", default=False, db_default=False),
        ),
        migrations.RunSQL(
            _POLICY,
            "DROP POLICY partner_updates ON org_partner;"
            f"REVOKE UPDATE (exports_need_approval) ON org_partner FROM {APP}",
        ),
    ]
