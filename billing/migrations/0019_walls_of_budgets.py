from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations

from core.tenancy import SameTenant, TenantTable


class Migration(migrations.Migration):
    dependencies = [("billing", "0018_budgets"), ("customers", "0021_check_associations")]
    operations = [
        # Set by the partner or its distributor, so written by the vendor's side for both.
        TenantTable("Budget", writes=()),
        TenantTable("BudgetRecord", writes=(), append_only=True),
        SameTenant("Budget", "customer_id", "customers_customer"),
        SameTenant("BudgetRecord", "customer_id", "customers_customer"),
        ValidateConstraint(
            model_name="billedcharge", name="billing_billedcharge_resold_has_a_payer"
        ),
        ValidateConstraint(
            model_name="obligation", name="billing_obligation_follows_its_association"
        ),
    ]
