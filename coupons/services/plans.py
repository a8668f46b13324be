"""活动代金券配置, the partner's side: drafted, submitted, withdrawn, deleted (§15.6b)."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from activity.services import record
from core.access import ALLOWED, Decision, denied
from core.refusals import NotAllowed, Refused, Vanished
from customers.models import Customer
from ledger.services import KeyTaken
from org.models import Member
from org.permissions import COUPONS_ISSUE

from .. import plan_rules
from ..models import PlanCustomer, Promotion, VoucherPlan

State = VoucherPlan.State


@dataclass(frozen=True)
class Draft:
    """A configuration as it is filled in."""

    name: str
    promotion: Promotion
    face: Decimal
    per_customer: int
    starts_at: datetime
    ends_at: datetime
    min_order: Decimal
    services: list[str]
    order_types: list[str]
    remark: str
    customers: tuple[Customer, ...]

    def as_fields(self) -> dict[str, Any]:
        """What is not said is the promotion's, as it is now."""
        said = {name: value for name, value in vars(self).items() if name != "customers"}
        said["services"] = self.services or self.promotion.services
        said["order_types"] = self.order_types or self.promotion.order_types
        return said


def decide_plan(by: Member, plan: VoucherPlan | None = None) -> Decision:
    """Whether the member may make configurations; with one, change, submit and delete it."""
    if not (decision := by.may(COUPONS_ISSUE)):
        return decision
    if plan and not plan.is_in_hand:
        words = {"state": plan.get_state_display()}
        return denied(_("该配置当前为“%(state)s”，只能处理草稿和被驳回的配置") % words)
    return ALLOWED


def decide_withdraw(by: Member, plan: VoucherPlan) -> Decision:
    if not (decision := by.may(COUPONS_ISSUE)):
        return decision
    if plan.state != State.WAITING:
        words = {"state": plan.get_state_display()}
        return denied(_("该配置当前为“%(state)s”，不能撤销") % words)
    return ALLOWED


@transaction.atomic
def create_plan(
    draft: Draft, *, submits: bool, token: UUID, by: Member, at: datetime
) -> VoucherPlan:
    """A draft, or submitted at once. The same form again answers what the first made.

    Raises NotAllowed, Refused, KeyTaken: that form asked for something else.
    """
    if not (decision := decide_plan(by)):
        raise NotAllowed(decision)
    _check(draft)
    defaults = {**draft.as_fields(), "made_by": by, "made_at": at}
    plan, is_new = VoucherPlan.objects.get_or_create(
        partner_id=by.partner_id, token=token, defaults=defaults
    )
    if is_new:
        _choose(plan, draft.customers)
        record("voucher_plan.made", plan, by=by, at=at, after=said_of(plan))
        if submits:
            _submit(plan, by=by, at=at)
    elif not _is_made_of(plan, draft) or (submits and plan.state == State.DRAFT):
        words = {"number": plan.number}
        raise KeyTaken(_("这份表单已保存为 %(number)s，本次没有保存，请编辑该配置。") % words)
    return plan


@transaction.atomic
def change_plan(
    plan: VoucherPlan,
    draft: Draft,
    *,
    submits: bool,
    revision: int,
    by: Member,
    at: datetime,
) -> VoucherPlan:
    """编辑, over the revision that the member saw. Raises NotAllowed, Refused, Vanished."""
    plan = _held(plan, by)
    if plan.revision != revision:
        raise Vanished(_("已由他人修改，请刷新后重试。"))
    _check(draft)
    before, fields = said_of(plan), draft.as_fields()
    for name, value in fields.items():
        setattr(plan, name, value)
    plan.revision += 1
    plan.save(update_fields=[*fields, "revision"])
    plan.chosen.all().delete()
    _choose(plan, draft.customers)
    record("voucher_plan.changed", plan, by=by, at=at, before=before, after=said_of(plan))
    if submits:
        _submit(plan, by=by, at=at)
    return plan


@transaction.atomic
def submit_plan(plan: VoucherPlan, *, by: Member, at: datetime) -> VoucherPlan:
    """提交 to the vendor's review. Raises NotAllowed, Refused."""
    plan = _held(plan, by)
    _submit(plan, by=by, at=at)
    return plan


@transaction.atomic
def withdraw_plan(plan: VoucherPlan, *, by: Member, at: datetime) -> VoucherPlan:
    """撤销: the review stops, it is a draft again. Raises NotAllowed."""
    plan = VoucherPlan.objects.visible_to(by).lock(plan.pk)
    if not (decision := decide_withdraw(by, plan)):
        raise NotAllowed(decision)
    plan.mark_withdrawn()
    record("voucher_plan.withdrawn", plan, by=by, at=at, after=said_of(plan))
    return plan


@transaction.atomic
def delete_plan(plan: VoucherPlan, *, by: Member, at: datetime) -> None:
    """删除 of a draft, or of one that was refused. Raises NotAllowed, Vanished."""
    plan = _held(plan, by)
    record("voucher_plan.deleted", plan, by=by, at=at, before=said_of(plan))
    plan.delete()


def _held(plan: VoucherPlan, by: Member) -> VoucherPlan:
    """Locked and in the partner's hand. Raises Vanished, NotAllowed."""
    plan = VoucherPlan.objects.visible_to(by).lock(plan.pk)
    if not (decision := decide_plan(by, plan)):
        raise NotAllowed(decision)
    return plan


def _is_made_of(plan: VoucherPlan, draft: Draft) -> bool:
    same = all(getattr(plan, name) == value for name, value in draft.as_fields().items())
    chosen = set(plan.chosen.values_list("customer", flat=True))
    return same and chosen == {each.pk for each in draft.customers}


def _check(draft: Draft) -> None:
    if len(draft.customers) > plan_rules.MOST_CUSTOMERS:
        raise Refused(_("最多选择 %(most)s 个客户。") % {"most": plan_rules.MOST_CUSTOMERS})


def _choose(plan: VoucherPlan, customers: tuple[Customer, ...]) -> None:
    PlanCustomer.objects.bulk_create(
        PlanCustomer(partner_id=plan.partner_id, plan=plan, customer=each) for each in customers
    )


def _submit(plan: VoucherPlan, *, by: Member, at: datetime) -> None:
    if reason := plan_rules.why_not_run(plan, plan.promotion, at):
        raise Refused(reason)
    customers = list(plan.customers.values_list("disassociated_at", flat=True))
    if not customers:
        raise Refused(_("请选择适用客户。"))
    if gone := sum(left is not None for left in customers):
        raise Refused(_("%(n)s 个适用客户已解除关联，请编辑后再提交。") % {"n": gone})
    plan.mark_submitted(by=by, at=at)
    record("voucher_plan.submitted", plan, by=by, at=at, after=said_of(plan))


def said_of(plan: VoucherPlan) -> dict[str, Any]:
    """What the log says of a configuration."""
    return {
        "plan": plan.number,
        "plan_name": plan.name,
        "promotion": plan.promotion.name,
        "face": str(plan.face),
        "per_customer": plan.per_customer,
        "customers": list(plan.chosen.order_by("customer").values_list("customer", flat=True)),
    }
