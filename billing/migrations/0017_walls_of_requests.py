from django.db import migrations

from core.tenancy import SameTenant, TenantTable


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0016_requests_on_resources"),
        ("customers", "0018_walls_of_authorizations"),
    ]
    operations = [
        # Asked for by the partner, carried out by the vendor's side.
        TenantTable("ResourceRequest", writes=("insert",), private=True),
        SameTenant("ResourceRequest", "customer_id", "customers_customer"),
        SameTenant("ResourceRequest", "session_id", "customers_proxysession"),
        SameTenant("ResourceRequest", "resource_id", "billing_resource"),
        SameTenant("ResourceRequest", "asked_by_id", "org_member"),
    ]
