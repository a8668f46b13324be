"""The alerts from before take the managers of their customers, some at a time."""

from django.db import migrations

CHUNK = 20_000
_FILL = """
UPDATE followups_alert a SET account_manager_id = c.account_manager_id
FROM customers_customer c
WHERE a.id > %s AND a.id <= %s AND c.id = a.customer_id AND c.account_manager_id IS NOT NULL
"""


def fill(apps, schema_editor):
    """Each piece is a transaction of its own, and doing one again changes nothing."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM followups_alert")
        last = cursor.fetchone()[0]
        for first in range(0, last, CHUNK):
            cursor.execute(_FILL, [first, first + CHUNK])


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("followups", "0005_alert_account_manager")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
