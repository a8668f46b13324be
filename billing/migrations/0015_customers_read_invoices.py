"""What a customer reads of its invoices: who owes it one, over how much, and its number."""

from django.db import migrations

from core.account_walls import AccountReads

_OWN = "SELECT id FROM customers_customer WHERE cloud_account_id = %(account)s"


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0014_resources_by_expiry"),
        ("customers", "0014_walls_of_accounts"),
    ]
    operations = [
        AccountReads(
            "Obligation",
            f"customer_id IN ({_OWN})",
            columns=(
                *("id", "customer_id", "issuer_name", "month", "association_type"),
                *("direction", "amount"),
            ),
        ),
        AccountReads(
            "Invoice",
            f"obligation_id IN (SELECT id FROM billing_obligation WHERE customer_id IN ({_OWN}))",
            columns=("id", "obligation_id", "state", "number"),
        ),
    ]
