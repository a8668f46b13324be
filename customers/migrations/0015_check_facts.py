from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("customers", "0014_walls_of_accounts")]
    operations = [
        ValidateConstraint(
            model_name="cloudaccount", name="customers_cloudaccount_facts_are_known"
        ),
    ]
