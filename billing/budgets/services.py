"""设置预算, its end with the association, and the warnings of the night."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from activity.services import Actor
from core import tenancy
from core.access import ALLOWED, Decision, denied
from core.clock import day_of
from core.formats import money
from core.refusals import NotAllowed, Refused
from customers.accounts.sides import between_both_sides
from customers.freezing.models import Freeze, LimitGrant, State
from customers.freezing.reach import (
    actor_of,
    ask_anew,
    decide_limit,
    granted,
    reachable,
    record_for,
)
from customers.freezing.services import freeze_for_budget, note_budget, unfreeze_customer
from customers.models import Customer
from org.models import Member
from org.permissions import BUDGETS_SET, BUDGETS_SET_RESELLERS

from . import rules
from .models import Budget, BudgetRecord, OnExhaustion
from .recipients import warn
from .usage import count_usage

Operation = BudgetRecord.Operation
MOST = Decimal(2_147_483_647)


@dataclass(frozen=True)
class Wish:
    """A budget as it shall be; `unfreeze`: and the account with it."""

    kind: str
    amount: Decimal
    on_exhaustion: str = OnExhaustion.MANUAL
    unfreeze: bool = False


def decide_budget(by: Member, customer: Customer | None = None) -> Decision:
    """Whether the member may set this customer's budget; without one, any at all."""
    if not (decision := decide_limit(by, BUDGETS_SET, BUDGETS_SET_RESELLERS, customer)):
        return decision
    if by.partner.is_reseller:
        grant = granted(by)
        if not (grant and grant.kinds):
            return denied(_("总经销商没有开放设置预算的权限"), _("请联系总经销商"))
    return ALLOWED


def check_wish(wish: Wish, grant: LimitGrant | None, *, is_reseller: bool) -> None:
    """Raises Refused: what a reseller wishes is within what its distributor granted."""
    if not 0 <= wish.amount <= MOST:
        raise Refused(_("预算金额须在 0 到 2,147,483,647 元之间。"))
    if not is_reseller:
        return
    kinds = grant.kinds if grant else []
    if wish.kind not in kinds:
        label = LimitGrant.Kind(wish.kind).label
        raise Refused(_("总经销商没有开放“%(kind)s”。") % {"kind": label})
    most = grant.most(wish.kind) if grant else None
    if most is not None and wish.amount > most:
        raise Refused(_("预算金额不能超过总经销商设置的上限 %(most)s 元。") % {"most": money(most)})


@between_both_sides
def set_budget(customer: Customer, wish: Wish, *, by: Member, at: datetime) -> Budget:
    """设置预算: first or anew, it takes the place of the former one and holds from now on.

    Whether it is used up already is known at once. Raises NotAllowed, Refused.
    """
    customer = reachable(by).lock(customer.pk)
    ask_anew(by)
    if not (decision := decide_budget(by, customer)):
        raise NotAllowed(decision)
    is_reseller = by.partner.is_reseller
    check_wish(wish, granted(by) if is_reseller else None, is_reseller=is_reseller)
    former = Budget.objects.filter(customer=customer).lock_all().first()
    before = _line(former) if former else {}
    budget = _place(customer, former, wish, at=at)
    _keep(Operation.SET, budget, by=by, at=at)
    record_for("budget.set", customer, by=by, at=at, before=before, after=_line(budget))
    note_budget(customer)
    if wish.unfreeze and Freeze.objects.filter(customer=customer).exclude(state=State.NORMAL):
        unfreeze_customer(customer, reason=_("设置预算时解冻"), by=by, at=at)
    count_usage(at=at, customer_ids=[customer.pk])
    weigh(customer.pk, at=at)
    return Budget.objects.get(pk=budget.pk)


def _place(customer: Customer, former: Budget | None, wish: Wish, *, at: datetime) -> Budget:
    today = day_of(at)
    if former:
        former.mark_set(wish.kind, wish.amount, wish.on_exhaustion, day=today, at=at)
        return former
    return Budget.objects.create(
        partner_id=customer.partner_id,
        customer=customer,
        kind=wish.kind,
        amount=wish.amount,
        on_exhaustion=wish.on_exhaustion,
        starts_on=today,
        set_at=at,
        counted_for=rules.counts_from(wish.kind, today, today),
    )


def delete_budget(customer: Customer, *, at: datetime) -> bool:
    """With the association, or its being 转售, the budget ends, by the system.

    Called with the customer held, by the vendor's side.
    """
    budget = Budget.objects.filter(customer=customer).lock_all().first()
    if budget is None:
        return False
    _keep(Operation.DELETE, budget, by=None, at=at)
    record_for("budget.deleted", customer, by=None, at=at, before=_line(budget))
    budget.delete()
    return True


def _keep(operation: str, budget: Budget, *, by: Actor, at: datetime) -> None:
    BudgetRecord.objects.create(
        partner_id=budget.partner_id,
        customer_id=budget.customer_id,
        operation=operation,
        kind=budget.kind,
        amount=budget.amount,
        on_exhaustion=budget.on_exhaustion,
        at=at,
        **actor_of(by),
    )


def _line(budget: Budget) -> dict[str, Any]:
    return {
        "budget_kind": budget.kind,
        "amount": str(budget.amount),
        "on_exhaustion": budget.on_exhaustion,
    }


# ---- what a budget brings about ----


def weigh(customer_id: int, *, at: datetime) -> int:
    """Warn at a level that is reached and not told of yet, and freeze where it is used up and
    that was wished; the sums are up to date. Returns the level, 0 for nothing new."""
    customer = (
        Customer.objects.select_related("partner", "account_manager")
        .associated()
        .filter(pk=customer_id)
        .lock_all()
        .first()
    )
    budget = Budget.objects.filter(customer_id=customer_id).lock_all().first()
    if customer is None or budget is None:
        return 0
    reached = rules.level(budget.used, budget.amount)
    if reached <= budget.told:
        return 0
    budget.mark_told(reached)
    warn(customer, budget, reached, at=at)
    if reached >= 100 and budget.on_exhaustion == OnExhaustion.FREEZE:
        freeze_for_budget(customer, at=at)
    return reached


def weigh_all(*, at: datetime) -> int:
    """Of every half hour: sums, then whoever reached a level, each by itself; and budgets whose
    association ended in a way that did not say so. Returns how many were told of or ended."""
    with tenancy.vendor():
        count_usage(at=at)
        reached = [
            customer
            for customer, used, amount, told in Budget.objects.order_by("pk").values_list(
                *("customer_id", "used", "amount", "told")
            )
            if rules.level(used, amount) > told
        ]
        over = list(
            Customer.objects.filter(budget__isnull=False)
            .exclude(association_type="postpaid", disassociated_at__isnull=True)
            .values_list("pk", flat=True)
        )
    done = 0
    for pk in over:
        with tenancy.vendor():
            done += delete_budget(Customer.objects.lock(pk), at=at)
    for pk in reached:
        with tenancy.vendor():
            done += bool(weigh(pk, at=at))
    return done
