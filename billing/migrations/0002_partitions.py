"""Charges and daily figures grow without end: they are cut by month of the Beijing day.

`billing_ensure_month(day)` makes the partitions of a month; the import calls it, as a function of
the owner's, because the application owns no table.
"""

from django.db import migrations

from core.tenancy import APP, VENDOR

_TABLES = """
CREATE TABLE billing_chargeline (
    id bigint GENERATED ALWAYS AS IDENTITY,
    day date NOT NULL,
    file_id bigint NOT NULL REFERENCES billing_consumptionfile (id),
    line_number integer NOT NULL,
    charge_id varchar(100) NOT NULL DEFAULT '',
    sub_account_id bigint NOT NULL REFERENCES billing_subaccount (id),
    service_id bigint NOT NULL REFERENCES billing_service (id),
    category varchar(12) NOT NULL,
    currency varchar(3) NOT NULL,
    billed_cost numeric(38, 18) NOT NULL,
    list_cost numeric(38, 18),
    started_at timestamptz NOT NULL,
    ended_at timestamptz NOT NULL,
    region varchar(100) NOT NULL DEFAULT '',
    resource varchar(500) NOT NULL DEFAULT '',
    description varchar(1000) NOT NULL DEFAULT '',
    PRIMARY KEY (day, id)
) PARTITION BY RANGE (day);
CREATE INDEX billing_chargeline_file_idx ON billing_chargeline (file_id);
CREATE INDEX billing_chargeline_sub_account_idx ON billing_chargeline (sub_account_id, day);
CREATE INDEX billing_chargeline_charge_idx ON billing_chargeline (sub_account_id, charge_id)
    WHERE charge_id <> '';

CREATE TABLE billing_dailyconsumption (
    partner_id bigint NOT NULL,
    customer_id bigint NOT NULL,
    day date NOT NULL,
    service_id bigint NOT NULL REFERENCES billing_service (id),
    currency varchar(3) NOT NULL,
    amount numeric(38, 18) NOT NULL,
    amount_cny numeric(26, 8),
    PRIMARY KEY (customer_id, day, service_id, currency),
    CONSTRAINT billing_dailyconsumption_customer_id_same_partner
        FOREIGN KEY (partner_id, customer_id) REFERENCES customers_customer (partner_id, id)
) PARTITION BY RANGE (day);

CREATE TABLE billing_monthlyconsumption (
    partner_id bigint NOT NULL,
    customer_id bigint NOT NULL,
    month date NOT NULL CHECK (extract(day FROM month) = 1),
    service_id bigint NOT NULL REFERENCES billing_service (id),
    currency varchar(3) NOT NULL,
    amount numeric(38, 18) NOT NULL,
    amount_cny numeric(26, 8),
    PRIMARY KEY (customer_id, month, service_id, currency),
    CONSTRAINT billing_monthlyconsumption_customer_id_same_partner
        FOREIGN KEY (partner_id, customer_id) REFERENCES customers_customer (partner_id, id)
);
CREATE INDEX billing_monthlyconsumption_partner_idx ON billing_monthlyconsumption (partner_id, month);
"""

_ENSURE = f"""
CREATE FUNCTION billing_ensure_month(wanted date) RETURNS void
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
        EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
                       part, parent, first, (first + interval '1 month')::date);
        EXECUTE format('REVOKE ALL ON %I FROM {APP}, {VENDOR}', part);
    END LOOP;
END $$;
REVOKE ALL ON FUNCTION billing_ensure_month(date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION billing_ensure_month(date) TO {VENDOR};
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_initial"), ("customers", "0002_walls")]
    operations = [
        migrations.RunSQL(
            _TABLES,
            "DROP TABLE billing_chargeline, billing_dailyconsumption, billing_monthlyconsumption",
        ),
        migrations.RunSQL(_ENSURE, "DROP FUNCTION billing_ensure_month(date)"),
    ]
