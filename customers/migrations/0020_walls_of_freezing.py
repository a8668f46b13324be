from django.db import migrations

from core.account_walls import AccountReads
from core.tenancy import SameTenant, TenantTable

# What a partner sells as changes only while no customer came in that way.
_FUNCTION = """
CREATE FUNCTION customers_stay_in_their_model() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM customers_customer WHERE partner_id = NEW.id AND disassociated_at IS NULL
            AND association_type = OLD.sales_model
    ) THEN
        RAISE EXCEPTION 'customers_stay_in_their_model: partner % has customers', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'customers_stay_in_their_model';
    END IF;
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION customers_stay_in_their_model() FROM PUBLIC;
"""
_TRIGGER = """
CREATE TRIGGER customers_stay_in_their_model BEFORE UPDATE OF sales_model ON org_partner
    FOR EACH ROW WHEN (OLD.sales_model IS DISTINCT FROM NEW.sales_model)
    EXECUTE FUNCTION customers_stay_in_their_model()
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0019_freezing")]
    operations = [
        # What binds both sides neither side's role writes; a distributor reads its resellers'.
        TenantTable("Freeze", writes=()),
        AccountReads("Freeze"),
        TenantTable("FreezeRecord", writes=(), append_only=True),
        TenantTable("LimitGrant", writes=()),
        SameTenant("Freeze", "customer_id", "customers_customer"),
        SameTenant("FreezeRecord", "customer_id", "customers_customer"),
        migrations.RunSQL(_FUNCTION, "DROP FUNCTION customers_stay_in_their_model()"),
        migrations.RunSQL(_TRIGGER, "DROP TRIGGER customers_stay_in_their_model ON org_partner"),
    ]
