from django.db import migrations

from core.tenancy import SameTenant, TenantTable, Updates


class Migration(migrations.Migration):
    dependencies = [("customers", "0010_labels_and_remarks")]
    operations = [
        TenantTable("Label", writes=("insert", "update"), private=True),
        TenantTable("Labelling", writes=("insert", "delete"), private=True),
        TenantTable("Remark", private=True),
        Updates("Label", "name", "colour", "deleted_at"),
        Updates("Remark", "text", "written_by_id", "written_at"),
        SameTenant("Label", "created_by_id", "org_member"),
        SameTenant("Labelling", "customer_id", "customers_customer"),
        SameTenant("Labelling", "label_id", "customers_label"),
        SameTenant("Remark", "customer_id", "customers_customer"),
        SameTenant("Remark", "written_by_id", "org_member"),
    ]
