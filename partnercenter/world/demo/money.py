"""Money of the demo: top-ups, a credit limit, what a distributor gave its reseller, allocations to
customers over the last days, and a threshold that the reseller has fallen below.
"""

from datetime import datetime, timedelta
from decimal import Decimal

from billing.funds import resellers, services, vendor, warning
from billing.funds.accounts import partner_account
from billing.funds.services import Type, Wish
from core import tenancy
from customers.models import Customer
from ledger.models import Account, Transfer
from org.models import Member, User

GIVEN = (800, 500, 300, 1_200, 200, 150, 640, 90)


def give_money(distributor: Member, reseller: Member, operator: User, *, at: datetime) -> None:
    """Once: the first top-up is there or all of it is made."""
    with tenancy.vendor():
        if Transfer.objects.filter(key="demo:1").exists():
            return
        start = at - timedelta(days=6)
        for n, (member, amount) in enumerate(((distributor, 500_000), (reseller, 2_000)), 1):
            cash = partner_account(member.partner_id)
            vendor.recharge(
                cash, Decimal(amount), memo="银行转账", key=f"demo:{n}", by=operator, at=start
            )
        credit = partner_account(reseller.partner_id, Account.Kind.CREDIT)
        vendor.set_credit_limit(credit, Decimal(5_000), by=operator, at=start)
        resellers.adjust_reseller(
            reseller.partner,
            Type.ALLOCATE,
            Wish(Decimal(5_000), memo="十一月周转"),
            key="demo:reseller",
            by=distributor,
            at=start + timedelta(hours=2),
        )
        warning.set_warning(Decimal(4_000), by=reseller, at=start + timedelta(hours=3))
        _allocate(reseller, at=start + timedelta(days=1))


def _allocate(by: Member, *, at: datetime) -> None:
    mine = Customer.objects.visible_to(by).associated().filter(association_type="resale")
    for n, (customer, amount) in enumerate(zip(mine.order_by("pk"), GIVEN, strict=False)):
        wish, later = Wish(Decimal(amount), memo="月度用云"), at + timedelta(hours=9 * n)
        services.adjust_customer(
            customer, Type.ALLOCATE, wish, key=f"demo:allocate:{n}", by=by, at=later
        )
        if n % 4 == 2:
            back, later = Wish(Decimal(amount) / 2), later + timedelta(hours=3)
            services.adjust_customer(
                customer, Type.RECLAIM, back, key=f"demo:reclaim:{n}", by=by, at=later
            )
