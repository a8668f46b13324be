"""What partners and customers have: accounts, adjustments, a warning."""

from decimal import Decimal

from billing.funds.models import BalanceWarning
from billing.funds.services import Type, Wish, adjust_customer
from customers.models import Customer
from org.models import Member, Partner
from tests import factories
from tests.factories import NOW

from .planting import mark


def of_partner(partner: Partner) -> None:
    factories.make_money(partner, 100_000)
    factories.make_money(partner, 0, kind="credit")
    BalanceWarning.objects.create(partner=partner, threshold=10)


def of_customer(customer: Customer) -> None:
    """Opened with what the vendor reported; then some more, by whoever may."""
    members = Member.objects.active().acting().filter(partner=customer.partner)
    by = members.main_accounts().first() or members.first()
    if by and by.may("funds.allocate"):
        memo = mark("ledger.Transfer.memo")
        wish = Wish(Decimal(7), memo=memo)
        key = f"matrix:{customer.pk}"
        adjust_customer(customer, Type.ALLOCATE, wish, key=key, by=by, at=NOW)
        customer.refresh_from_db()
