"""活动代金券配置, the vendor's side: approved and issued at once, or refused (§15.6b).

The vendor pays: approving grants a quota of exactly what the customers get, and cuts the vouchers
from it. Then that quota is closed: what comes back to it waits there, as in any 失效 one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import uuid5

from django.db import transaction
from django.utils.translation import gettext as _

from activity.services import notify, record
from core import formats, tenancy
from core.refusals import Refused
from customers.accounts.services import tell_accounts
from customers.models import Customer
from org.models import Member, User
from org.permissions import COUPONS_ISSUE

from .. import plan_rules, rules
from ..models import CouponRecord, Quota, VoucherPlan
from ..rules import Wish
from .issuing import Line, cut_coupons, receivers
from .plans import said_of
from .quotas import Grant, Limits, grant_quota

State = VoucherPlan.State


@dataclass(frozen=True)
class Foreseen:
    """What approving would do now; `reason` says why it cannot be done."""

    takers: int
    blocked: int
    total: Decimal
    reason: str = ""


def foresee(plan: VoucherPlan, *, at: datetime) -> Foreseen:
    """In the vendor's role."""
    customers = list(plan.customers.order_by("pk"))
    blocked = _blocked(plan, customers)
    takers = len(customers) - len(blocked)
    return Foreseen(takers, len(blocked), plan.worth(takers), _why_not(plan, takers, at=at))


def _why_not(plan: VoucherPlan, takers: int, *, at: datetime) -> str:
    if reason := plan_rules.why_not_run(plan, plan.promotion, at):
        return reason
    return "" if takers else _("适用客户都不能接收代金券，请驳回。")


def _blocked(plan: VoucherPlan, customers: Sequence[Customer]) -> set[int]:
    """Whom a rule keeps from receiving: nothing is granted for them."""
    quota = Quota(partner_id=plan.partner_id, kind=Quota.Kind.VOUCHER)
    known = receivers(quota, customers)
    return {pk for pk, receiver in known.items() if rules.why_not_receive(quota, receiver)}


@transaction.atomic
def approve_plan(plan: VoucherPlan, *, revision: int, by: User, at: datetime) -> list[CouponRecord]:
    """通过, in the vendor's role: a record for each voucher, and for each customer who gets none.

    Raises InvalidTransition, Refused.
    """
    plan = _held(plan, revision)
    plan.check_step(State.APPROVED)
    customers = list(plan.customers.lock_all())
    takers = len(customers) - len(_blocked(plan, customers))
    if reason := _why_not(plan, takers, at=at):
        raise Refused(reason)
    quota = _grant(plan, customers, takers, by=by, at=at)
    records = _issue(plan, quota, customers, at=at)
    quota.mark(Quota.State.INVALID)
    plan.mark_approved(quota, by=by, at=at)
    done = [each for each in records if each.is_done]
    came = {"coupons": len(done), "amount": str(sum(each.amount for each in done))}
    after = {**said_of(plan), "quota": quota.number, **came, "failed": len(records) - len(done)}
    record("voucher_plan.approved", plan, by=by, at=at, partner_id=plan.partner_id, after=after)
    _tell_partner(
        plan,
        "voucher_plan.approved",
        at=at,
        coupons=len(done),
        amount=formats.money(sum(each.amount for each in done)),
        failed=len(records) - len(done),
    )
    _tell_customers(plan, done, at=at)
    return records


@transaction.atomic
def refuse_plan(
    plan: VoucherPlan, reason: str, *, revision: int, by: User, at: datetime
) -> VoucherPlan:
    """驳回, in the vendor's role; the partner may change it and submit again.

    Raises InvalidTransition, Refused.
    """
    plan = _held(plan, revision)
    plan.mark_refused(reason, by=by, at=at)
    after = {**said_of(plan), "reason": reason}
    record("voucher_plan.refused", plan, by=by, at=at, partner_id=plan.partner_id, after=after)
    _tell_partner(plan, "voucher_plan.refused", at=at, reason=reason)
    return plan


def end_plans(*, at: datetime) -> int:
    """已失效: those whose vouchers are over; returns how many. Run by the night."""
    with tenancy.vendor(), transaction.atomic():
        over = VoucherPlan.objects.filter(state=State.APPROVED, ends_at__lte=at).lock_all()
        for plan in (plans := list(over.select_related("promotion"))):
            plan.mark_ended()
            after = said_of(plan)
            record(
                "voucher_plan.ended", plan, by=None, at=at, partner_id=plan.partner_id, after=after
            )
        return len(plans)


def _held(plan: VoucherPlan, revision: int) -> VoucherPlan:
    """Locked, and as the reviewer saw it. Raises Refused, Vanished."""
    plan = VoucherPlan.objects.select_related("promotion").lock(plan.pk)
    if plan.revision != revision:
        raise Refused(_("伙伴已修改该配置，请重新查看后再审核。"))
    return plan


def _grant(
    plan: VoucherPlan, customers: Sequence[Customer], takers: int, *, by: User, at: datetime
) -> Quota:
    limits = Limits(
        face_max=plan.face,
        coupons_most=takers * plan.per_customer,
        total_most=plan.worth(takers),
        services=plan.services,
        order_types=plan.order_types,
        only_customers=[customer.number for customer in customers],
    )
    grant = Grant(
        *(Quota.Kind.VOUCHER, plan.worth(takers), plan.starts_at, plan.ends_at),
        limits=limits,
        remark=_("活动代金券 %(number)s") % {"number": plan.number},
    )
    return grant_quota(
        plan.partner, grant, token=plan.token, by=by, at=at, promotion=plan.promotion
    )


def _issue(
    plan: VoucherPlan, quota: Quota, customers: Sequence[Customer], *, at: datetime
) -> list[CouponRecord]:
    """One for each customer at a time, as issuing does; who got none is not tried again."""
    wish = Wish(
        face=plan.face,
        starts_at=plan.starts_at,
        ends_at=plan.ends_at,
        min_order=plan.min_order,
        services=tuple(quota.services),
        order_types=tuple(quota.order_types),
        remark=plan.number,
    )
    lines, records = [Line(customer, wish) for customer in customers], []
    for n in range(plan.per_customer):
        made = cut_coupons(quota, lines, token=uuid5(plan.token, str(n)), by=None, at=at)
        done = {each.customer_id for each in made if each.is_done}
        lines = [line for line in lines if line.customer.pk in done]
        records += made
    return records


def _tell_partner(plan: VoucherPlan, kind: str, *, at: datetime, **words: Any) -> None:
    """Whoever may make configurations there."""
    makers = Member.objects.active().acting().holding(COUPONS_ISSUE, partner_id=plan.partner_id)
    key = f"{kind}:{plan.pk}:{at.isoformat()}"
    notify(makers, kind, key=key, at=at, plan=plan.pk, name=plan.name, **words)


def _tell_customers(plan: VoucherPlan, done: Sequence[CouponRecord], *, at: datetime) -> None:
    """Each once, however many it got."""
    kind = "account.vouchers_issued"
    words = {
        "partner": plan.partner.name,
        "promotion": plan.promotion.name,
        "n": plan.per_customer,
        "amount": formats.money(plan.face),
        "until": formats.instant(plan.ends_at),
    }
    accounts = {each.customer.cloud_account_id for each in done if each.customer}
    tell_accounts([(pk, f"{kind}:{plan.pk}", words) for pk in sorted(accounts)], kind, at=at)
