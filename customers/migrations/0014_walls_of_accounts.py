from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import Q

from core.account_walls import AccountReads, AccountTable

_KNOWN = [
    *("international", "partner", "reported", "reported_elsewhere", "subsidy", "reward"),
    *("consumer", "spent", "arrears", "internal", "special_contract", "managed_sub"),
    *("independent_sub", "master"),
    *("reserved_instance", "invoice_debt", "stored_card", "gift_balance", "support_plan"),
    "unpaid_order",
]
# A person's own accounts can be found before one of them is chosen.
_OWN = (
    "id = %(account)s OR id IN (SELECT cloud_account_id FROM customers_accountuser"
    " WHERE user_id = %(user)s AND is_active)"
)
# Of partners: who they are, for accounts that belong or belonged to them.
_PARTNERS = AccountReads(
    "Partner",
    "id IN (SELECT partner_id FROM customers_customer WHERE cloud_account_id = %(account)s)",
    columns=("id", "name", "kind"),
)


# Whom a customer turns to: its account manager and the partner's main account, and nothing else
# of the partner's people.
_CONTACTS = """
CREATE FUNCTION customers_contacts() RETURNS TABLE (
    name text, email text, phone text, is_manager boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT u.name, coalesce(u.email, ''), coalesce(u.phone, ''), m.id = c.account_manager_id
    FROM customers_customer c
    JOIN org_member m ON m.partner_id = c.partner_id AND m.is_active
    JOIN org_user u ON u.id = m.user_id AND u.is_active
    WHERE c.cloud_account_id = nullif(current_setting('app.account_id', true), '')::bigint
        AND c.disassociated_at IS NULL
        AND (m.id = c.account_manager_id OR 'partner_admin' = ANY (m.roles))
    ORDER BY m.id = c.account_manager_id DESC NULLS LAST
$$;
REVOKE ALL ON FUNCTION customers_contacts() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION customers_contacts() TO partnercenter_customer;
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0013_users_of_accounts")]
    operations = [
        AddConstraintNotValid(
            model_name="cloudaccount",
            constraint=models.CheckConstraint(
                condition=Q(facts__contained_by=_KNOWN),
                name="customers_cloudaccount_facts_are_known",
            ),
        ),
        AccountTable("CloudAccount"),
        AccountTable("AccountUser"),
        AccountTable("AccountNotice"),
        AccountReads("CloudAccount", _OWN),
        AccountReads("AccountUser", "user_id = %(user)s OR cloud_account_id = %(account)s"),
        AccountReads("AccountNotice", updates=("read_at",)),
        AccountReads("Customer"),
        migrations.RunSQL(
            _PARTNERS.statements("org_partner"), _PARTNERS.reverse_statements("org_partner")
        ),
        migrations.RunSQL(_CONTACTS, "DROP FUNCTION customers_contacts()"),
        migrations.RunSQL(
            "CREATE TRIGGER org_user_stays_on_its_side"
            " BEFORE INSERT OR UPDATE OF user_id ON customers_accountuser"
            " FOR EACH ROW EXECUTE FUNCTION org_user_stays_on_its_side('true')",
            "DROP TRIGGER org_user_stays_on_its_side ON customers_accountuser",
        ),
    ]
