from django.db import migrations

from core.account_walls import AccountReads, AccountTable

# The people of the acting account: their names and addresses, and no other person's.
_COLLEAGUES = """
CREATE FUNCTION customers_colleagues() RETURNS TABLE (
    id bigint, name text, email text, is_main boolean, may_handle boolean, is_active boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT a.id, u.name, coalesce(u.email, ''), a.is_main, a.may_handle,
        a.is_active AND u.is_active
    FROM customers_accountuser a JOIN org_user u ON u.id = a.user_id
    WHERE a.cloud_account_id = nullif(current_setting('app.account_id', true), '')::bigint
    ORDER BY a.is_main DESC, a.id
$$;
REVOKE ALL ON FUNCTION customers_colleagues() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION customers_colleagues() TO partnercenter_customer;
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0023_people_of_accounts")]
    operations = [
        AccountTable("UserInvitation"),
        AccountReads("UserInvitation"),
        migrations.RunSQL(_COLLEAGUES, "DROP FUNCTION customers_colleagues()"),
    ]
