from django.db import migrations

from core.tenancy import APP

_CONTACTS = "UPDATE (name, email, phone) ON org_user"


class Migration(migrations.Migration):
    """Names and contacts are changed by the vendor's side alone; people keep their password."""

    dependencies = [("org", "0003_names_in_chinese")]
    operations = [
        migrations.RunSQL(
            f"REVOKE {_CONTACTS} FROM {APP}",
            f"GRANT {_CONTACTS} TO {APP}",
        ),
    ]
