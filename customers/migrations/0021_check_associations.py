from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("customers", "0020_walls_of_freezing")]
    operations = [
        ValidateConstraint(
            model_name="customer", name="customers_customer_association_is_one_of_three"
        ),
    ]
