"""An alert carries its customer's account manager, so that a manager's queue has an index.

The database keeps the two equal, whoever writes: an alert takes the manager of its customer, an
assignment hands the customer's alerts on.
"""

import django.db.models.deletion
from django.db import migrations, models

from core.tenancy import SameTenant

_FUNCTIONS = """
CREATE FUNCTION followups_alert_takes_manager() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    -- Held: an assignment at the same moment comes before or after, never between.
    SELECT account_manager_id INTO NEW.account_manager_id
    FROM customers_customer WHERE id = NEW.customer_id FOR SHARE;
    RETURN NEW;
END $$;
CREATE FUNCTION followups_customer_hands_alerts_on() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE followups_alert SET account_manager_id = NEW.account_manager_id
    WHERE customer_id = NEW.id;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION followups_alert_takes_manager() FROM PUBLIC;
REVOKE ALL ON FUNCTION followups_customer_hands_alerts_on() FROM PUBLIC;
"""
_TRIGGERS = """
CREATE TRIGGER followups_alert_takes_manager
    BEFORE INSERT OR UPDATE OF customer_id, account_manager_id ON followups_alert
    FOR EACH ROW EXECUTE FUNCTION followups_alert_takes_manager();
CREATE TRIGGER followups_customer_hands_alerts_on
    AFTER UPDATE OF account_manager_id ON customers_customer FOR EACH ROW
    WHEN (OLD.account_manager_id IS DISTINCT FROM NEW.account_manager_id)
    EXECUTE FUNCTION followups_customer_hands_alerts_on();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("followups", "0004_run_announced_at"),
        ("customers", "0003_customers_of_manager"),
    ]
    operations = [
        migrations.AddField(
            model_name="alert",
            name="account_manager",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="org.member",
            ),
        ),
        SameTenant("Alert", "account_manager_id", "org_member"),
        migrations.RunSQL(
            _FUNCTIONS,
            "DROP FUNCTION followups_alert_takes_manager(), followups_customer_hands_alerts_on()",
        ),
        migrations.RunSQL(
            _TRIGGERS,
            "DROP TRIGGER followups_alert_takes_manager ON followups_alert;"
            "DROP TRIGGER followups_customer_hands_alerts_on ON customers_customer",
        ),
    ]
