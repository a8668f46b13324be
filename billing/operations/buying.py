"""代客下单: new things, ordered in a customer's account (customers_coupons.md §9.3).

What the gateway offers is asked for here and carried out by a worker, as every request. Of it
becomes an order that is not paid: by the customer, or as one of 待付订单 by the partner.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core.access import Decision, denied
from core.formats import money
from core.refusals import Refused
from customers.authorizations.services import check_customer
from customers.freezing.services import why_frozen
from customers.models import Customer
from customers.proxies.models import ProxySession
from org.models import Member

from ..budgets.usage import why_exhausted
from .gateway import Offer, gateway
from .kinds import Kind
from .models import ResourceRequest
from .rules import MONTHS, MOST_AT_ONCE, ON_DEMAND
from .services import check_session, decide_kind, request_of, write_asked


@dataclass(frozen=True)
class Wish:
    offer: Offer
    quantity: int
    months: int  # ON_DEMAND: paid by use
    auto_renew: bool = False
    by_partner: bool = False  # the partner pays, as 代支付

    @property
    def price(self) -> Decimal:
        """What there is to pay; nothing for what is paid by use."""
        if self.months == ON_DEMAND:
            return Decimal(0)
        return gateway().price(self.offer, self.quantity, self.months)


# ---- why not: sentences, in the order in which they are asked ----


def _not_its_partners(customer: Customer, at: datetime) -> str:
    return str(decision) if not (decision := check_customer(customer)) else ""


def _frozen(customer: Customer, at: datetime) -> str:
    return why_frozen(customer)


def _without_budget(customer: Customer, at: datetime) -> str:
    return why_exhausted(customer, Kind.ORDER, at=at)


# Of the customer, whatever is ordered: on the page, at the form and when it is sent.
OF_CUSTOMER: tuple[Callable[[Customer, datetime], str], ...] = (
    *(_not_its_partners, _frozen, _without_budget),
)


def _from_the_marketplace(wish: Wish) -> str:
    return _("云商店商品不支持代客下单。") if wish.offer.is_marketplace else ""


def _too_many(wish: Wish) -> str:
    if 1 <= wish.quantity <= MOST_AT_ONCE:
        return ""
    return _("数量须在 1 至 %(most)s 之间。") % {"most": MOST_AT_ONCE}


def _of_no_term(wish: Wish) -> str:
    return "" if wish.months in (ON_DEMAND, *MONTHS) else _("请选择购买时长。")


def _paid_by_use(wish: Wish) -> str:
    if wish.months == ON_DEMAND and (wish.auto_renew or wish.by_partner):
        return _("按需资源按用量计费，没有自动续费和伙伴支付。")
    return ""


# Of what is ordered.
OF_WISH: tuple[Callable[[Wish], str], ...] = (
    *(_from_the_marketplace, _too_many, _of_no_term, _paid_by_use),
)


def why_not(customer: Customer, wish: Wish | None = None, *, at: datetime) -> str:
    """The first reason against it, or nothing."""
    for rule in OF_CUSTOMER:
        if said := rule(customer, at):
            return said
    for about in OF_WISH if wish else ():
        if wish and (said := about(wish)):
            return said
    return ""


def decide_buy(session: ProxySession, *, at: datetime) -> Decision:
    """Whether anything can be ordered in this session; for the button, the form and the service."""
    decision = decide_kind(session, Kind.ORDER)
    said = why_not(session.customer, at=at) if decision else ""
    return denied(said) if said else decision


def is_short(customer: Customer, wish: Wish) -> bool:
    """Whether the customer's allocation does not cover it: a hint, since coupons may."""
    if wish.by_partner or customer.association_type != Customer.Association.RESALE:
        return False
    return wish.price > (customer.available_amount or Decimal(0))


# ---- asking ----


@transaction.atomic
def ask_purchase(
    session: ProxySession, wish: Wish, *, shown: Decimal, token: UUID, by: Member, at: datetime
) -> ResourceRequest:
    """Record it, once for each token; `shown` is the price that the member saw.

    Raises NotAllowed, Refused.
    """
    check_session(session, Kind.ORDER, by=by, at=at)
    if said := why_not(session.customer, wish, at=at):
        raise Refused(said)
    if shown != (price := wish.price):
        words = {"shown": money(shown), "now": money(price)}
        raise Refused(_("价格已由 %(shown)s 元变为 %(now)s 元，未下单；请核对后重新提交。") % words)
    made = request_of(session, Kind.ORDER, _parameters(wish, price), by=by, at=at)
    made.token = token
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError as error:  # the form was sent before
        before = ResourceRequest.objects.visible_to(by).filter(token=token).first()
        if before is None:
            raise Refused(_("该请求已提交过。")) from error
        return before
    write_asked(made, session, after=_said(made), by=by, at=at)
    return made


def _parameters(wish: Wish, price: Decimal) -> dict[str, Any]:
    return {
        "provider": wish.offer.provider,
        "service": wish.offer.service,
        "spec": wish.offer.spec,
        "list_price": str(wish.offer.list_price),
        "quantity": wish.quantity,
        "months": wish.months,
        "auto_renew": wish.auto_renew,
        "by_partner": wish.by_partner,
        "price": str(price),
    }


def _said(made: ResourceRequest) -> dict[str, Any]:
    keys = ("quantity", "months", "auto_renew", "by_partner", "price")
    said = {key: made.parameters[key] for key in keys}
    return {"request": made.kind, "product": made.subject, **said}


@transaction.atomic
def ask_cancel(
    session: ProxySession, purchase: ResourceRequest, *, by: Member, at: datetime
) -> ResourceRequest:
    """取消 of an order that nobody paid yet. Raises NotAllowed, Refused."""
    check_session(session, Kind.CANCEL, by=by, at=at)
    order = purchase.order
    if order is None or purchase.kind != Kind.ORDER:
        raise Refused(_("订单尚未生成，请稍后再试。"))
    if said := order.why_not_cancelled:
        raise Refused(said)
    made = request_of(session, Kind.CANCEL, {"order": order.number}, by=by, at=at)
    made.order = order
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError as error:
        raise Refused(_("该订单正在取消。")) from error
    after = {"request": made.kind, "order": order.number}
    write_asked(made, session, after=after, by=by, at=at)
    return made
