from django.db import migrations

from core.tenancy import SameTenant, TenantTable, Updates


class Migration(migrations.Migration):
    dependencies = [("billing", "0011_orders")]
    operations = [
        TenantTable("Order", writes=("update",)),
        Updates(
            *("Order", "status", "paid_at"),
            *("proxy_state", "proxy_at", "proxy_by_id", "proxy_reason", "proxy_transfer_id"),
        ),
        TenantTable("OrderLine", writes=()),
        SameTenant("Order", "customer_id", "customers_customer"),
        SameTenant("Order", "proxy_by_id", "org_member"),
        SameTenant("OrderLine", "customer_id", "customers_customer"),
        SameTenant("OrderLine", "order_id", "billing_order"),
    ]
