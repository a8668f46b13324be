"""A new month is attached to its table instead of being created as a part of it.

CREATE … PARTITION OF keeps every reader of the whole table out until the transaction ends, and an
import may take minutes. ATTACH PARTITION lets them read on.
"""

from django.db import migrations

from core.tenancy import APP, VENDOR

_FUNCTION = """
CREATE OR REPLACE FUNCTION billing_ensure_month(wanted date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    first date := date_trunc('month', wanted)::date;
    parent text;
    part text;
BEGIN
    FOREACH parent IN ARRAY ARRAY['billing_chargeline', 'billing_dailyconsumption'] LOOP
        part := parent || to_char(first, '_YYYY_MM');
        CONTINUE WHEN to_regclass(part) IS NOT NULL;
        PERFORM pg_advisory_xact_lock(hashtext(part));
        CONTINUE WHEN to_regclass(part) IS NOT NULL;
        {make}
        EXECUTE format('REVOKE ALL ON %I FROM {app}, {vendor}', part);
    END LOOP;
END $$
"""
_ATTACH = """EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS)', part, parent);
        EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                       parent, part, first, (first + interval '1 month')::date);"""
_CREATE = """EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
                       part, parent, first, (first + interval '1 month')::date);"""


def _function(make: str) -> str:
    return _FUNCTION.format(make=make, app=APP, vendor=VENDOR)


class Migration(migrations.Migration):
    dependencies = [("billing", "0004_names_in_chinese")]
    operations = [migrations.RunSQL(_function(_ATTACH), _function(_CREATE))]
