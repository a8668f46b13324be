"""Former customers lose their manager, as all who leave from now on; then everything is checked."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations

# One statement, so that both tables change together.
_TIDY = """
WITH former AS (
    UPDATE customers_customer SET account_manager_id = NULL
    WHERE disassociated_at IS NOT NULL AND account_manager_id IS NOT NULL
    RETURNING id, disassociated_at
)
UPDATE customers_assignment a SET ended_at = greatest(a.started_at, former.disassociated_at)
FROM former WHERE a.customer_id = former.id AND a.ended_at IS NULL
"""
_AGREE = """
DO $$ DECLARE customer bigint; BEGIN
    SELECT c.id INTO customer FROM customers_customer c
    LEFT JOIN customers_assignment a ON a.customer_id = c.id AND a.ended_at IS NULL
    WHERE c.account_manager_id IS DISTINCT FROM a.manager_id LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'customer %: account manager and open assignment differ', customer;
    END IF;
END $$
"""


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("customers", "0006_what_holds_of_a_customer")]
    operations = [
        migrations.RunSQL(_TIDY, migrations.RunSQL.noop),
        migrations.RunSQL(_AGREE, migrations.RunSQL.noop),
        *(
            ValidateConstraint(model_name="customer", name=f"customers_customer_{name}")
            for name in (
                "type_is_known",
                "verified_is_known",
                "source_is_known",
                "former_has_no_manager",
            )
        ),
        migrations.RunSQL(
            "ALTER TABLE customers_customer VALIDATE CONSTRAINT"
            " customers_customer_number_of_account",
            migrations.RunSQL.noop,
        ),
    ]
