"""预算提醒: who hears when a budget is used, and whom the partner's main account chose for it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from activity.services import notify, record
from core.access import ALLOWED, Decision, denied
from core.formats import money
from core.refusals import NotAllowed, Refused
from customers.freezing.reach import grant_of, tell_members
from customers.models import Customer
from org.models import Member, MemberQuerySet, Partner, Scope
from org.permissions import BUDGETS_VIEW, CUSTOMERS_VIEW_RESELLERS

from .models import Budget, BudgetRecipient
from .rules import RECIPIENTS_MOST


def decide_choose(by: Member) -> Decision:
    """Whether the member says who hears of budgets."""
    if not by.partner.is_postpaid:
        return denied(_("贵公司的销售模式是代售，没有预算和冻结"))
    if not by.is_main_account:
        return denied(_("只有主账号可以设置预算提醒接收人"), _("请联系主账号"))
    return ALLOWED


def choosable(by: Member) -> list[Member]:
    """Who may be chosen: whoever may look at budgets. Who works with his own customers only hears
    of theirs anyway."""
    found = _readers(by.partner_id).visible_to(by).select_related("user", "partner")
    rest = found.exclude(pk__in=Member.objects.main_accounts().values("pk"))
    return [each for each in rest.order_by("user__name", "pk") if each.scope is not Scope.OWN]


def _readers(partner_id: int) -> MemberQuerySet:
    return Member.objects.holding(BUDGETS_VIEW, partner_id=partner_id)


@transaction.atomic
def choose_recipients(chosen: Iterable[Member], *, by: Member, at: datetime) -> None:
    """设置预算提醒接收人: those, and no others. Saved unchanged, it leaves no line.

    Raises NotAllowed, Refused.
    """
    if not (decision := decide_choose(by)):
        raise NotAllowed(decision)
    Partner.objects.select_for_update(no_key=True).get(pk=by.partner_id)
    wanted = {each.pk: each for each in chosen}
    if wanted.keys() - {each.pk for each in choosable(by)}:
        raise Refused(_("只能选择可以查看预算的成员。"))
    if len(wanted) > RECIPIENTS_MOST:
        raise Refused(_("最多选择 %(n)d 名接收人。") % {"n": RECIPIENTS_MOST})
    rows = BudgetRecipient.objects.visible_to(by).select_related("member__user")
    former = {row.member_id: row.member for row in rows}
    if former.keys() == wanted.keys():
        return
    rows.exclude(member__in=wanted).delete()
    BudgetRecipient.objects.bulk_create(
        BudgetRecipient(partner_id=by.partner_id, member_id=pk, added_at=at)
        for pk in wanted.keys() - former.keys()
    )
    before, after = (sorted(map(str, each.values())) for each in (former, wanted))
    changes: dict[str, Any] = {"before": {"recipients": before}, "after": {"recipients": after}}
    record("budget.recipients_chosen", by=by, at=at, **changes)


# ---- telling ----


def warn(customer: Customer, budget: Budget, level: int, *, at: datetime) -> None:
    """Of a level that is reached: the main account, the manager, whoever was chosen and may see
    the customer; at the end of the budget also the distributor that keeps it."""
    period = f"{budget.pk}:{budget.set_at.isoformat()}:{budget.counted_for}"
    key = f"budget:{period}:{level}"
    words: dict[str, Any] = {"used": money(budget.used), "amount": money(budget.amount)}
    tell_members(customer, f"budget.at_{level}", key=key, at=at, **words)
    words |= {"customer": customer.pk, "number": customer.number}
    notify(_chosen_for(customer), f"budget.at_{level}", key=key, at=at, **words)
    if level >= 100:
        words |= {"reseller": customer.partner.name}
        above = _distributors_people(customer)
        notify(above, "budget.reseller_at_100", key=key, at=at, **words)


def _chosen_for(customer: Customer) -> list[Member]:
    chosen = _readers(customer.partner_id).filter(budget_recipient__isnull=False)
    seen = Customer.objects.filter(pk=customer.pk)
    return [each for each in chosen.order_by("pk") if seen.visible_to(each).exists()]


def _distributors_people(customer: Customer) -> list[Member]:
    """Where a reseller may set no budgets its distributor is responsible (§3.1, [S53])."""
    distributor_id = customer.partner.distributor_id
    grant = grant_of(customer.partner_id)
    if distributor_id is None or (grant and grant.kinds):
        return []
    people = Member.objects.holding(CUSTOMERS_VIEW_RESELLERS, partner_id=distributor_id)
    chosen = people.filter(budget_recipient__isnull=False, pk__in=_readers(distributor_id))
    mains = Member.objects.active().main_accounts().filter(partner_id=distributor_id)
    return [*mains, *chosen]
