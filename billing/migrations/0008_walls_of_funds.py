"""Walls, and the copy of a customer's balance that lists, alerts and files read.

`available_amount` is what the vendor reported last until the customer has an account; from then
on it is that account's balance. An adjustment brings it up to date: the partner's side may not
write the column, so the trigger does, and can write nothing but the truth.
"""

from django.db import migrations

from core.tenancy import SameTenant, TenantTable, Updates

_COPY = """
CREATE FUNCTION billing_copy_balance() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE customers_customer c SET available_amount = a.balance
    FROM billing_customerfunds f JOIN ledger_account a ON a.id = f.account_id
    WHERE c.id = NEW.customer_id AND f.customer_id = c.id AND c.association_type = 'resale'
        AND c.available_amount IS DISTINCT FROM a.balance;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION billing_copy_balance() FROM PUBLIC;
CREATE TRIGGER billing_copy_balance AFTER INSERT ON billing_adjustment FOR EACH ROW
WHEN (NEW.customer_id IS NOT NULL) EXECUTE FUNCTION billing_copy_balance();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0007_funds"),
        ("ledger", "0002_walls"),
        ("customers", "0012_assignments_by_time"),
    ]
    operations = [
        TenantTable("CustomerFunds", writes=("insert",)),
        SameTenant("CustomerFunds", "customer_id", "customers_customer"),
        SameTenant("CustomerFunds", "account_id", "ledger_account"),
        TenantTable("Adjustment", writes=("insert",), append_only=True),
        SameTenant("Adjustment", "customer_id", "customers_customer"),
        SameTenant("Adjustment", "member_id", "org_member"),
        TenantTable("BalanceWarning", writes=("insert", "update"), private=True),
        Updates("BalanceWarning", "threshold"),
        migrations.RunSQL(
            _COPY,
            "DROP TRIGGER billing_copy_balance ON billing_adjustment;"
            " DROP FUNCTION billing_copy_balance()",
        ),
    ]
