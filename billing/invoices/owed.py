"""What a customer itself is owed: which invoice, from whom. For its own portal."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import OuterRef, QuerySet, Subquery

from customers.models import Customer

from .columns import STANDING_TONES, STANDINGS, standing, with_living_state
from .models import Invoice, Obligation

SHOWN = 36  # the latest of them, eighteen months of two types


@dataclass(frozen=True)
class Owed:
    """One invoice as the customer sees it. `issuer` is empty for the vendor, `number` until it
    is issued."""

    month: date
    association_type: str
    amount: Decimal
    issuer: str
    code: str
    number: str

    @property
    def type_label(self) -> str:
        return str(Customer.Association(self.association_type).label)

    @property
    def words(self) -> str:
        return str(STANDINGS[self.code])

    @property
    def tone(self) -> str:
        return STANDING_TONES[self.code]


def obligations_of(cloud_account_id: int) -> "QuerySet[Obligation]":
    """开票关系 of a cloud account, whichever partners it had, newest first; with the state and
    number of the invoice that lives."""
    living = Invoice.objects.filter(obligation=OuterRef("pk")).living()
    rows = with_living_state(Obligation.objects.of_cloud_account(cloud_account_id))
    return rows.annotate(living_number=Subquery(living.values("number")[:1])).order_by(
        "-month", "-pk"
    )


def owed_to(cloud_account_id: int) -> list[Owed]:
    """The latest of them, by the columns that the customer's side may read."""
    columns = ("month", "association_type", "amount", "issuer_name", "direction")
    rows = obligations_of(cloud_account_id).values_list(*columns, "living_state", "living_number")
    return [
        Owed(month, kind, amount, issuer, standing(direction, amount, state), number or "")
        for month, kind, amount, issuer, direction, state, number in rows[:SHOWN]
    ]
