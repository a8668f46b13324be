"""Budgets and freezing of the demo: what the distributor that sells as 转售, and its reseller, did.

Who has used much of its budget and who little, one frozen by hand, one with its resources for
thirteen days, one that came yesterday and waits for its budget.
"""

from datetime import datetime, timedelta
from decimal import Decimal

from billing import figures
from billing.budgets.models import Budget
from billing.budgets.services import Wish, set_budget, weigh_all
from core import tenancy
from core.clock import day_of
from customers.freezing import grants, services
from customers.freezing.grants import Terms
from customers.freezing.models import FreezeRecord
from customers.models import Customer
from customers.services import associate_customer
from org.models import Member

# How much of the budget is used by now, in percent of what was spent; and what then.
_USED = ((40, "manual"), (78, "manual"), (93, "freeze"), (120, "freeze"), (60, "manual"))
_NEW = "demo-postpaid-customer"


def make_limits(distributor: Member, reseller: Member, *, at: datetime) -> None:
    """Once: budgets are there or all of it is made."""
    with tenancy.vendor():
        if Budget.objects.filter(partner_id=distributor.partner_id).exists():
            return
        start = at - timedelta(days=14)
        terms = Terms(may_freeze=True, kinds=("monthly",), monthly_most=Decimal(50_000))
        grants.set_grant(reseller.partner, terms, by=distributor, at=start)
        for by in (distributor, reseller):
            _set_budgets(by, at=start + timedelta(hours=3))
        _freeze_some(distributor, at=at)
        _bring_in_one(distributor, at=at - timedelta(days=1))
    weigh_all(at=at)


def _own(by: Member) -> list[Customer]:
    own = Customer.objects.visible_to(by).associated().filter(association_type="postpaid")
    return list(own.order_by("pk"))


def _set_budgets(by: Member, *, at: datetime) -> None:
    """Of everybody but the last, who waits for one as whoever comes does."""
    *customers, waiting = _own(by)
    services.freeze_arrival(waiting, at=at)
    spent = figures.month_to_date([each.pk for each in customers], day_of(at), member=by)
    for n, customer in enumerate(customers):
        percent, then = _USED[n % len(_USED)]
        amount = max(Decimal(100), spent.get(customer.pk, Decimal(0)) * 100 / percent)
        wish = Wish("monthly", min(amount, Decimal(50_000)).quantize(Decimal("0.01")), then)
        if n == 1 and not by.partner.is_reseller:
            wish = Wish("one_time", Decimal(20_000), then)
        set_budget(customer, wish, by=by, at=at + timedelta(minutes=n))


def _freeze_some(by: Member, *, at: datetime) -> None:
    customers = iter(_own(by))
    reasons = (
        (FreezeRecord.Action.FREEZE_ACCOUNT, "客户逾期未付款", timedelta(days=2)),
        (FreezeRecord.Action.FREEZE_RESOURCES, "合同到期未续签", timedelta(days=13)),
    )
    for (action, reason, ago), customer in zip(reasons, customers, strict=False):
        services.freeze_customer(customer, action, reason=reason, by=by, at=at - ago)


def _bring_in_one(by: Member, *, at: datetime) -> None:
    if Customer.objects.filter(number=_NEW).exists():
        return
    associate_customer(
        partner=by.partner,
        number=_NEW,
        name="东莞新转科技有限公司",
        account_name="xinzhuan_cloud",
        association_type="postpaid",
        source="link",
        associated_at=at,
        by=None,
        at=at,
    )
