from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("org", "0007_customers_sign_in")]
    operations = [
        ValidateConstraint(model_name="user", name="org_user_customers_hold_no_vendor_role"),
    ]
