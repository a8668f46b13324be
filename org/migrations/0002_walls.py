from django.db import migrations

from core.tenancy import APP, SameTenant, TenantTable

# What the application may change of a person; never the vendor's role.
_OF_A_PERSON = (
    "name, email, phone, password, last_login, must_change_password, password_changed_at"
)


class Migration(migrations.Migration):
    dependencies = [("org", "0001_initial")]
    operations = [
        migrations.RunSQL(
            f"REVOKE INSERT, UPDATE, DELETE ON org_user FROM {APP};"
            f" GRANT UPDATE ({_OF_A_PERSON}) ON org_user TO {APP}",
            f"GRANT INSERT, UPDATE, DELETE ON org_user TO {APP}",
        ),
        TenantTable("Member", writes=(), or_reads="user_id = %(user)s"),
        TenantTable(
            "Partner",
            partner="id",
            writes=(),
            # Where the person belongs, and a distributor's resellers.
            or_reads="id IN (SELECT partner_id FROM org_member WHERE user_id = %(user)s)"
            " OR distributor_id = %(own)s",
        ),
        TenantTable("Role", writes=()),
        SameTenant("Member", "director_id", "org_member"),
    ]
