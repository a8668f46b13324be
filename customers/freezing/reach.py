"""Whose customers a member limits: the partner's own, and a distributor's resellers'."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from activity.services import Actor, notify, record
from core.access import ALLOWED, Decision, denied
from org.gate import reach
from org.models import Member

from ..models import Customer, CustomerQuerySet, in_scope
from .models import LimitGrant


def reachable(by: Member) -> CustomerQuerySet:
    """Customers whose limits this member may keep, if he may at all."""
    scope = in_scope(by)
    if by.partner.is_distributor:
        if not hasattr(by, "reseller_ids"):
            reach(by)
        scope |= in_scope(by, resellers=True)
    return Customer.objects.filter(scope)


def grant_of(partner_id: int) -> LimitGrant | None:
    """What the reseller's distributor lets it do; None: nothing."""
    return LimitGrant.objects.open().filter(partner_id=partner_id).first()


def granted(by: Member) -> LimitGrant | None:
    """The same for the acting member, looked up once a request: a page asks it for each button."""
    if "limit_grant" not in vars(by):
        vars(by)["limit_grant"] = grant_of(by.partner_id)
    return vars(by)["limit_grant"]


def ask_anew(by: Member) -> None:
    """Under a lock only what holds now counts."""
    vars(by).pop("limit_grant", None)


def decide_limit(by: Member, own: str, resellers: str, customer: Customer | None) -> Decision:
    """What freezing and budgets have in common: the permission, the sales model, the customer.

    Args:
        own, resellers: the permissions for one's own customers and for those of resellers.
    """
    theirs = customer is not None and customer.partner_id != by.partner_id
    if not (decision := by.may(resellers if theirs else own)):
        return decision
    if not by.partner.is_postpaid:
        return denied(_("贵公司的销售模式是代售，没有预算和冻结"), _("代售客户请用拨款和回收"))
    return check_customer(customer) if customer else ALLOWED


def check_customer(customer: Customer) -> Decision:
    """Only 转售 customers have limits. Asks nothing of the database."""
    if customer.association_type != Customer.Association.POSTPAID:
        return denied(_("只有转售客户可以设置预算和冻结"))
    if customer.disassociated_at:
        return denied(_("该客户已解除关联"))
    return ALLOWED


def record_for(verb: str, customer: Customer, *, by: Actor, at: datetime, **changes: Any) -> None:
    """The line in the log of the customer's partner; and, of whoever acts from above, in his own.

    A line belongs to one partner, of which the other's people are no members.
    """
    above = isinstance(by, Member) and by.partner_id != customer.partner_id
    actor = by.user if isinstance(by, Member) and above else by
    record(
        *(verb, customer),
        by=actor,
        at=at,
        partner_id=customer.partner_id,
        customer_id=customer.pk,
        **changes,
    )
    if above:
        after = {**changes.get("after", {}), "number": customer.number}
        after["partner"] = customer.partner.name
        record(verb, by=by, at=at, before=changes.get("before"), after=after)


def concerned(customer: Customer, *, but: Actor = None) -> list[Member]:
    """The partner's main account and the customer's manager, without whoever did it."""
    main = Member.objects.active().main_accounts().filter(partner_id=customer.partner_id)
    managers = [customer.account_manager] if customer.account_manager else []
    members = {member.pk: member for member in (*main, *managers) if member}
    if isinstance(but, Member):
        members.pop(but.pk, None)
    return list(members.values())


def tell_members(
    customer: Customer, kind: str, *, key: str, at: datetime, but: Actor = None, **params: Any
) -> None:
    words = {"customer": customer.pk, "number": customer.number, **params}
    notify(concerned(customer, but=but), kind, key=key, at=at, **words)


def actor_of(by: Actor) -> dict[str, Any]:
    """Who stands in a record: the person and, of a member, the partner."""
    if isinstance(by, Member):
        return {"by": by.user, "by_partner_id": by.partner_id}
    return {"by": by, "by_partner_id": None}
