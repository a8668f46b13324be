"""Pages of the log: a line is written on the open page; sealing turns it (decision 13).

Lines that exist stand on page 0. Neither column rewrites the table.
"""

from django.db import migrations, models
from django.db.models import Func

from core.tenancy import APP, VENDOR

# A sequence, because a transaction that began before the page was turned must see it turned.
_PAGES = f"""
CREATE SEQUENCE activity_page;
SELECT setval('activity_page', 1);
REVOKE ALL ON SEQUENCE activity_page FROM {APP};
GRANT SELECT ON SEQUENCE activity_page TO {APP}, {VENDOR};
GRANT USAGE ON SEQUENCE activity_page TO {VENDOR};
CREATE FUNCTION activity_open_page() RETURNS bigint
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
BEGIN
    RETURN (SELECT last_value FROM activity_page);
END $$;
ALTER TABLE activity_activity ADD COLUMN page bigint NOT NULL DEFAULT 0;
ALTER TABLE activity_activity ALTER COLUMN page SET DEFAULT activity_open_page();
"""
_NO_PAGES = """
ALTER TABLE activity_activity DROP COLUMN page;
DROP FUNCTION activity_open_page();
DROP SEQUENCE activity_page;
"""


class Migration(migrations.Migration):
    dependencies = [("activity", "0005_updates")]
    operations = [
        migrations.AddField(
            "activity",
            "session",
            models.CharField(
                blank=True, db_default="", default="", max_length=12, verbose_name="会话"
            ),
        ),
        migrations.SeparateDatabaseAndState(
            [migrations.RunSQL(_PAGES, _NO_PAGES)],
            [
                migrations.AddField(
                    "activity",
                    "page",
                    models.BigIntegerField(
                        db_default=Func(function="activity_open_page"), editable=False
                    ),
                )
            ],
        ),
    ]
