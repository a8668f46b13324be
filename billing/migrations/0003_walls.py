from django.db import migrations

from core.tenancy import SameTenant, TenantTable, VendorTable


class Migration(migrations.Migration):
    dependencies = [("billing", "0002_partitions")]
    operations = [
        VendorTable("ExchangeRate"),
        VendorTable("SubAccount"),
        VendorTable("ConsumptionFile"),
        VendorTable("ChargeLine"),
        VendorTable("Service", reads=True),
        VendorTable("ConsumptionDay", reads=True),
        TenantTable("DailyConsumption", writes=()),
        TenantTable("MonthlyConsumption", writes=()),
        TenantTable("Resource", writes=()),
        SameTenant("Resource", "customer_id", "customers_customer"),
    ]
