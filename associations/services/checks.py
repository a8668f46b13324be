"""账号检查 and the frequency rule, asked of the rows."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from billing.orders.models import Order
from core import formats
from core.access import ALLOWED, Decision, denied
from core.clock import day_of
from coupons.models import Coupon
from customers.accounts.models import Fact
from customers.accounts.sides import between_both_sides
from customers.freezing.services import freeze_of
from customers.models import CloudAccount, Customer
from customers.rules import POSTPAID

from .. import rules
from ..models import AssociationChange
from .effects import Effect, Step, plan

_LAST = 30


def frequency() -> rules.Frequency:
    return rules.Frequency(
        most=settings.ASSOCIATION_REQUESTS,
        months=settings.ASSOCIATION_REQUEST_MONTHS,
        customer_days=settings.ASSOCIATION_CUSTOMER_DAYS,
        partner_days=settings.ASSOCIATION_PARTNER_DAYS,
    )


@dataclass(frozen=True)
class Outlook:
    """What a page shows before somebody asks or agrees."""

    checked: list[rules.Checked]
    effects: list[Effect]

    @property
    def passed(self) -> bool:
        return all(each.passed for each in self.checked)

    @property
    def for_customer(self) -> list[Effect]:
        return [effect for effect in self.effects if not effect.is_internal]


@between_both_sides
def outlook(customer: Customer, kind: str, type_after: str = "") -> Outlook:
    """The account check and the effects, as they are now; asking again runs the check again."""
    joined = Customer.objects.select_related("account_manager__user", "cloud_account")
    customer = joined.annotate(**_ours(OuterRef("pk"))).get(pk=customer.pk)
    checked = _checked(customer.cloud_account, customer, kind, type_after, ours=customer)
    return Outlook(checked, plan(Step(customer, kind, type_after)))


def check_account(customer: Customer, kind: str, type_after: str = "") -> list[rules.Checked]:
    accounts = CloudAccount.objects.annotate(**_ours(customer))
    account = accounts.get(pk=customer.cloud_account_id)
    return _checked(account, customer, kind, type_after, ours=account)


def _ours(customer: Customer | OuterRef) -> dict[str, Exists]:
    """What we know of a customer by ourselves, beside what the vendor's file says."""
    return {
        Fact.UNPAID_ORDER.value: Exists(Order.objects.waiting_for_partner(customer)),
        "pickup_coupon": Exists(Coupon.objects.keeping(customer)),
    }


def _checked(
    account: CloudAccount, customer: Customer, kind: str, type_after: str, *, ours: Any
) -> list[rules.Checked]:
    """`ours` is a row with the columns of `_ours`."""
    facts = {*account.facts, *(fact for fact in _ours(customer) if getattr(ours, fact))}
    row = freeze_of(customer) if customer.association_type == POSTPAID else None
    if row and row.is_manual:  # what the system froze, the change lifts by itself
        facts.add("frozen")
    return rules.check_account(facts, customer.arrears, kind=kind, type_after=type_after)


def why_not(checked: list[rules.Checked]) -> str:
    """The items that are not met, in one sentence; empty when all are."""
    failed = [str(each.check.label) for each in checked if not each.passed]
    if not failed:
        return ""
    return _("账号检查未通过：%(items)s。") % {"items": _("、").join(failed)}


def decide_ask(customer: Customer, initiator: str, *, at: datetime) -> Decision:
    """Whether this side may ask for a change now: none is open, and not too often (§6.1).

    Rows of one statement; what was asked longer ago than the last few counts no more.
    """
    if customer.disassociated_at:
        return denied(_("该客户已解除关联"))
    asked = AssociationChange.objects.filter(
        cloud_account_id=customer.cloud_account_id, partner_id=customer.partner_id
    ).exclude(kind=AssociationChange.Kind.JOIN)
    rows = list(asked.order_by("-asked_at").values_list("initiator", "asked_at", "state")[:_LAST])
    if any(state in AssociationChange.OPEN for _by, _at, state in rows):
        return denied(_("该客户已有一条处理中的申请"), _("请等待处理，或先撤回该申请"))
    sides = AssociationChange.Initiator
    own = [asked_at for by, asked_at, _state in rows if by == initiator]
    # A partner waits for what the customer asked, a customer for nobody.
    others = [asked_at for by, asked_at, _state in rows if by == sides.CUSTOMER]
    is_partner = initiator == sides.PARTNER
    again = rules.may_ask_from(own, others if is_partner else [], at, frequency())
    if again is None:
        return ALLOWED
    words = {"months": frequency().months, "n": frequency().most, "day": formats.day(day_of(again))}
    return denied(
        _("%(months)s 个月内最多申请 %(n)s 次，%(day)s 起可以再次申请") % words,
        _("紧急情况请联系厂商"),
    )
