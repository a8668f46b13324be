"""Which account of the ledger is whose. Opened with the first use."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from activity.services import Actor
from core import tenancy
from customers.models import Customer
from ledger.models import Account, Transfer
from ledger.services import account_of, open_accounts, transfer
from org.models import Member

from .models import CustomerFunds


def partner_account(partner_id: int, money: str = Account.Kind.CASH) -> Account:
    """The partner's 充值账户 or 信用账户."""
    return account_of(partner_id, money)


def vendor_account() -> int:
    """Where money comes from and goes to. Called inside the vendor's role."""
    return account_of(None, Account.Kind.VENDOR).pk


def customer_account(customer: Customer, *, at: datetime) -> Account:
    """The customer's 伙伴拨款账户; the customer is held. What the vendor reported opens it."""
    account = Account.objects.filter(pk__in=_funds_of(customer)).first()
    return account or _open(customer, at=at)


def _funds_of(customer: Customer) -> QuerySet[Any]:
    return CustomerFunds.objects.filter(customer=customer).values("account")


def _open(customer: Customer, *, at: datetime) -> Account:
    (pk,) = open_accounts(customer.partner_id, Account.Kind.ALLOCATION)
    CustomerFunds.objects.create(partner_id=customer.partner_id, customer=customer, account_id=pk)
    reported = customer.available_amount or Decimal(0)
    if reported > 0:
        with tenancy.vendor():  # the customer has it already; the ledger only did not know
            transfer(
                *(vendor_account(), pk, reported),
                kind=Transfer.Kind.ADJUST,
                key=f"opening:{customer.pk}",
                at=at,
            )
    return Account.objects.get(pk=pk)


def member_of(by: Actor) -> Member | None:
    """Who stands in the ledger; the vendor's people stand in 操作日志."""
    return by if isinstance(by, Member) else None
