"""Acts on customers: association and assignment to account managers."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from activity.services import Actor, close_notices, notify, record
from core.access import ALLOWED, Decision, denied
from core.refusals import NotAllowed, Refused
from org.models import Member, MemberQuerySet, Partner, Scope
from org.permissions import CUSTOMERS_ASSIGN, CUSTOMERS_VIEW_RESELLERS

from .freezing.services import freeze_arrival
from .freezing.standing import decide_develop
from .models import Assignment, CloudAccount, Customer
from .rules import may_bring_in, performance_starts_on


def decide_assign(by: Member, customer: Customer | None = None) -> Decision:
    """Whether the member may assign this customer; without one, customers at all."""
    if not (decision := by.may(CUSTOMERS_ASSIGN)):
        return decision
    if customer and customer.disassociated_at:
        return denied(_("该客户已解除关联，不再分配客户经理"), _("重新关联后可以分配"))
    return ALLOWED


def decide_see_resellers(by: Member) -> Decision:
    """Whether the member may look at the customers of the partner's resellers."""
    if not (decision := by.may(CUSTOMERS_VIEW_RESELLERS)):
        return decision
    if not by.partner.is_distributor:
        return denied(_("只有总经销商有云经销商的客户"))
    return ALLOWED


def assignable_managers(by: Member) -> MemberQuerySet:
    """The account managers to whom this member may give customers: a director, only his own."""
    managers = Member.objects.account_managers().visible_to(by).select_related("user")
    return managers.filter(director=by) if by.scope is Scope.TEAM else managers


def check_assignment(customer: Customer, manager: Member | None, *, by: Member) -> None:
    """Raises NotAllowed or Refused where this customer would not be given to this manager.

    Asks nothing of the database; whether the manager may have customers at all is asked apart.
    """
    if not (decision := decide_assign(by, customer)):
        raise NotAllowed(decision)
    if customer.account_manager_id == (manager.pk if manager else None):
        raise Refused(
            _("该客户已由 %(name)s 负责，未做修改。") % {"name": manager}
            if manager
            else _("该客户没有客户经理，无需收回。")
        )


@transaction.atomic
def assign_customer(
    customer: Customer, manager: Member | None, *, by: Member, at: datetime, tell: bool = True
) -> Customer:
    """分配客户经理, or take the customer back (收回客户) when `manager` is None.

    Consumption counts for the manager from `at`, performance from the next Beijing day
    (customers_coupons.md §7.1). A batch tells nobody of the single customer. Raises NotAllowed,
    Refused.
    """
    customer = Customer.objects.visible_to(by).lock(customer.pk)
    check_assignment(customer, manager, by=by)
    if manager and not (decision := _decide_manager(by, manager)):
        raise NotAllowed(decision)
    former = customer.account_manager
    set_manager(customer, manager, by=by, at=at)
    record(
        "customer.assigned" if manager else "customer.taken_back",
        customer,
        by=by,
        at=at,
        customer_id=customer.pk,
        before={"manager": str(former) if former else ""},
        after={"manager": str(manager) if manager else ""},
    )
    if tell:
        _tell(customer, former, manager, by=by, at=at)
    return customer


def set_manager(
    customer: Customer, manager: Member | None, *, by: Member | None, at: datetime
) -> None:
    """Who has the held customer from now on: by assignment, or because he brought it."""
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


def _decide_manager(by: Member, manager: Member) -> Decision:
    if not assignable_managers(by).filter(pk=manager.pk).exists():
        return denied(
            _("只能分配给本伙伴在职的客户经理；客户经理主管只能分配给自己的客户经理"),
            _("请联系主账号"),
        )
    return ALLOWED


def _tell(
    customer: Customer, former: Member | None, manager: Member | None, *, by: Actor, at: datetime
) -> None:
    """What either was told before about whose the customer is, is over."""
    close_notices(*(_cause(customer, each) for each in (former, manager) if each), at=at)
    key = f"customer.assigned:{customer.pk}:{at.isoformat()}"
    if manager and manager != by:
        cause = _cause(customer, manager)
        notify([manager], "customer.assigned", key=key, at=at, cause=cause, customer=customer.pk)
    if former and former != by:
        cause = _cause(customer, former)
        notify([former], "customer.taken_back", key=key, at=at, cause=cause, customer=customer.pk)


def _cause(customer: Customer, member: Member) -> str:
    return f"customer:{customer.pk}:{member.pk}"


@transaction.atomic
def associate_customer(
    *,
    partner: Partner,
    number: str,
    name: str,
    account_name: str,
    association_type: str,
    source: str,
    associated_at: datetime,
    by: Actor,
    at: datetime,
) -> Customer:
    """关联客户: the cloud account `number` belongs to `partner` from `associated_at` on.

    Called by the vendor's side. Raises Refused while the account belongs to any partner, or did
    after `associated_at`: one partner at a time. And unless the partner sells in this way.
    """
    check_model(partner, association_type)
    account, _new = CloudAccount.objects.get_or_create(number=number, defaults={"name": name})
    CloudAccount.objects.select_for_update(no_key=True).get(pk=account.pk)
    _refuse_second_association(account, partner, associated_at)
    customer = Customer(
        partner=partner,
        cloud_account=account,
        number=number,
        name=name,
        account_name=account_name,
        association_type=association_type,
        source=source,
        associated_at=associated_at,
    )
    customer.fill_search()
    customer.save(force_insert=True)
    record(
        "customer.associated",
        customer,
        by=by,
        at=at,
        partner=partner,
        customer_id=customer.pk,
        after={"number": number, "type": association_type, "from": associated_at.isoformat()},
    )
    if association_type == Customer.Association.POSTPAID:
        freeze_arrival(customer, at=at)
    return customer


def check_model(partner: Partner, association_type: str) -> None:
    """Raises Refused unless the partner's sales model has this type of association, and while it
    is frozen and the type is 转售."""
    if association_type in may_bring_in(partner.sales_model, is_frozen=partner.is_frozen):
        return
    if association_type not in may_bring_in(partner.sales_model):
        words = {
            "partner": partner.name,
            "model": partner.get_sales_model_display(),
            "type": Customer.Association(association_type).label,
        }
        raise Refused(_("伙伴“%(partner)s”的销售模式是%(model)s，不能以%(type)s关联客户。") % words)
    raise Refused(str(decide_develop(partner)))


def _refuse_second_association(
    account: CloudAccount, partner: Partner, associated_at: datetime
) -> None:
    later = Q(disassociated_at__isnull=True) | Q(disassociated_at__gt=associated_at)
    others = Customer.objects.filter(later, cloud_account=account)
    if (other := others.order_by("disassociated_at").last()) is None:
        return
    words = {"number": account.number, "partner": other.partner}
    if other.disassociated_at:
        raise Refused(
            _("客户 %(number)s 在该日期仍关联伙伴“%(partner)s”，请填写更晚的关联日期。") % words
        )
    if other.partner_id == partner.pk:
        raise Refused(_("客户 %(number)s 已关联此伙伴。") % words)
    raise Refused(_("客户 %(number)s 已关联其他伙伴“%(partner)s”。") % words)
