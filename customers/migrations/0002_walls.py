from django.db import migrations

from core.search import SearchIndex
from core.tenancy import SameTenant, TenantTable, VendorTable


class Migration(migrations.Migration):
    dependencies = [("customers", "0001_initial"), ("org", "0002_walls")]
    operations = [
        VendorTable("CloudAccount"),
        TenantTable("Customer", writes=("update",)),
        TenantTable("Assignment", writes=("insert", "update")),
        SameTenant("Customer", "account_manager_id", "org_member"),
        SameTenant("Assignment", "customer_id", "customers_customer"),
        SameTenant("Assignment", "manager_id", "org_member"),
        SameTenant("Assignment", "assigned_by_id", "org_member"),
        SearchIndex("Customer"),
    ]
