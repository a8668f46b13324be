"""Two associations of one cloud account do not overlap, former ones included.

An exclusion is checked at once: the customers stand still while its index is built, some seconds
at a million. It gives up, to be tried again, when it does not get the table within five.
"""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "0007_check_customers")]
    operations = [
        migrations.RunSQL(
            "CREATE EXTENSION IF NOT EXISTS btree_gist; SET LOCAL lock_timeout = '5s'",
            migrations.RunSQL.noop,
        ),
        migrations.AddConstraint(
            model_name="customer",
            constraint=ExclusionConstraint(
                name="customers_customer_associations_do_not_overlap",
                expressions=[
                    ("cloud_account", "="),
                    (
                        models.Func(
                            "associated_at",
                            "disassociated_at",
                            function="tstzrange",
                            output_field=DateTimeRangeField(),
                        ),
                        "&&",
                    ),
                ],
            ),
        ),
    ]
