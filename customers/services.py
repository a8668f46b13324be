"""Acts on customers: association and assignment to account managers."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from activity.services import Actor, notify, record
from core.access import ALLOWED, Decision, denied
from core.refusals import NotAllowed, Refused
from org.models import Member, Scope
from org.permissions import CUSTOMERS_ASSIGN

from .models import Assignment, Customer
from .rules import performance_starts_on


def decide_assign(by: Member) -> Decision:
    """Whether the member may assign customers at all; for the button and the service alike."""
    return by.may(CUSTOMERS_ASSIGN)


def assignable_managers(by: Member):
    """The account managers to whom this member may give customers: a director, only his own."""
    managers = Member.objects.account_managers().visible_to(by).select_related("user")
    return managers.filter(director=by) if by.scope is Scope.TEAM else managers


@transaction.atomic
def assign_customer(
    customer: Customer, manager: Member | None, *, by: Member, at: datetime
) -> Customer:
    """分配客户经理, or take the customer back (收回客户) when `manager` is None.

    Consumption counts for the manager from `at`, performance from the next Beijing day
    (customers_coupons.md §7.1). Raises NotAllowed, Refused.
    """
    if not (decision := _decide(by, manager)):
        raise NotAllowed(decision)
    customer = Customer.objects.visible_to(by).lock(customer.pk)
    former = customer.account_manager
    if former == manager:
        raise Refused(
            _("该客户已由 %(name)s 负责，未做修改。") % {"name": manager}
            if manager
            else _("该客户没有客户经理，无需收回。")
        )
    customer.assignments.current().update(ended_at=at)
    if manager:
        Assignment.objects.create(
            partner_id=customer.partner_id,
            customer=customer,
            manager=manager,
            started_at=at,
            performance_from=performance_starts_on(at),
            assigned_by=by,
        )
    customer.account_manager = manager
    customer.save(update_fields=["account_manager"])
    record(
        "customer.assigned" if manager else "customer.taken_back",
        customer,
        by=by,
        at=at,
        customer_id=customer.pk,
        before={"manager": str(former) if former else ""},
        after={"manager": str(manager) if manager else ""},
    )
    _tell(customer, former, manager, by=by, at=at)
    return customer


def _decide(by: Member, manager: Member | None) -> Decision:
    if not (decision := decide_assign(by)):
        return decision
    if manager and not assignable_managers(by).filter(pk=manager.pk).exists():
        return denied(
            _("只能分配给本伙伴在职的客户经理；客户经理主管只能分配给自己的客户经理"),
            _("请联系主账号"),
        )
    return ALLOWED


def _tell(
    customer: Customer, former: Member | None, manager: Member | None, *, by: Actor, at: datetime
) -> None:
    key = f"customer.assigned:{customer.pk}:{at.isoformat()}"
    if manager and manager != by:
        notify([manager], "customer.assigned", key=key, at=at, customer=customer.pk)
    if former and former != by:
        notify([former], "customer.taken_back", key=key, at=at, customer=customer.pk)
