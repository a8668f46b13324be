"""Whom a reseller names as its distributor is one, and stays one while resellers name it."""

from django.db import migrations


class Migration(migrations.Migration):
    """A foreign key compares columns only, so the word is a column. Partners are few."""

    atomic = False
    dependencies = [("org", "0004_contacts")]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE org_partner ADD COLUMN IF NOT EXISTS distributor_kind varchar(20)"
            " GENERATED ALWAYS AS ('distributor') STORED",
            migrations.RunSQL.noop,  # nobody reads it: it may stay
        ),
        migrations.RunSQL(
            "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS org_partner_id_kind_uniq"
            " ON org_partner (id, kind)",
            "DROP INDEX org_partner_id_kind_uniq",
        ),
        migrations.RunSQL(
            "ALTER TABLE org_partner ADD CONSTRAINT org_partner_distributor_is_one"
            " FOREIGN KEY (distributor_id, distributor_kind) REFERENCES org_partner (id, kind)"
            " NOT VALID",
            "ALTER TABLE org_partner DROP CONSTRAINT org_partner_distributor_is_one",
        ),
        migrations.RunSQL(
            "ALTER TABLE org_partner VALIDATE CONSTRAINT org_partner_distributor_is_one",
            migrations.RunSQL.noop,
        ),
    ]
