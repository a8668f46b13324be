from django.db import migrations

from core.account_walls import AccountReads
from core.tenancy import SameTenant, TenantTable, Updates

# A customer reads what was done in its account, when and from where; not by whom.
_LINE = ("id", "partner_id", "customer_id", "purpose", "kind", "result", "subject", "note")
_OWN = "customer_id IN (SELECT id FROM customers_customer WHERE cloud_account_id = %(account)s)"


class Migration(migrations.Migration):
    dependencies = [("customers", "0017_authorizations")]
    operations = [
        # What binds both sides neither side's role writes.
        TenantTable("Authorization", writes=(), private=True),
        AccountReads("Authorization"),
        TenantTable("SignedLetter", writes=(), private=True),
        TenantTable("ProxyRight", writes=()),
        TenantTable("ProxySession", writes=("update",), private=True),
        Updates("ProxySession", "seen_at", "ended_at", "ended_how"),
        TenantTable("ProxyAction", writes=("insert",), private=True, append_only=True),
        AccountReads("ProxyAction", _OWN, columns=(*_LINE, "at", "address")),
        SameTenant("Authorization", "customer_id", "customers_customer"),
        SameTenant("SignedLetter", "signed_by_id", "org_member"),
        SameTenant("ProxySession", "customer_id", "customers_customer"),
        SameTenant("ProxySession", "authorization_id", "customers_authorization"),
        SameTenant("ProxySession", "operator_id", "org_member"),
        SameTenant("ProxyAction", "customer_id", "customers_customer"),
        SameTenant("ProxyAction", "session_id", "customers_proxysession"),
        SameTenant("ProxyAction", "operator_id", "org_member"),
    ]
