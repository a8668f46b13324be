"""`ledger_transfer` plans its statements once for each connection.

All of them find rows by key. The arrays of a call have another length than a kept plan supposes,
so that PostgreSQL planned anew each time, for a quarter of what a transfer costs it.
"""

from django.db import migrations

_FUNCTION = (
    "ALTER FUNCTION ledger_transfer"
    "(text[], bigint[], bigint[], numeric[], text, timestamptz, bigint, text)"
)


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_fewer_indexes")]
    operations = [
        migrations.RunSQL(
            f"{_FUNCTION} SET plan_cache_mode = force_generic_plan",
            f"{_FUNCTION} RESET plan_cache_mode",
        )
    ]
