"""What a customer itself is owed: which invoice, from whom. For its own portal."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import QuerySet

from .columns import STANDINGS, standing, with_living_state
from .models import Obligation

MONTHS = 18  # how many of the latest rows are shown at most, times two types


@dataclass(frozen=True)
class Owed:
    """One invoice as the customer sees it. `issuer` is empty for the vendor."""

    month: date
    association_type: str
    amount: Decimal
    issuer: str
    code: str

    @property
    def words(self) -> str:
        return str(STANDINGS[self.code])


def obligations_of(cloud_account_id: int) -> "QuerySet[Obligation]":
    """开票关系 of a cloud account, whichever partners it had: newest first, with the state of the
    invoice that lives (`living_state`)."""
    rows = Obligation.objects.of_cloud_account(cloud_account_id)
    return with_living_state(rows).order_by("-month", "-pk")


def owed_to(cloud_account_id: int) -> list[Owed]:
    rows = obligations_of(cloud_account_id)[: 2 * MONTHS]
    return [
        Owed(
            row.month,
            row.get_association_type_display(),
            row.amount,
            row.issuer_name,
            standing(row.direction, row.amount, row.living_state),
        )
        for row in rows
    ]
