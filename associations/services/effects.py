"""What a leaving or a change of type brings about (customers_coupons.md §6.6).

`plan` finds what will happen; the page shows it, and the service that completes the change runs
the same list. A new effect (coupons, opportunities, delegation) is one more function of FINDERS.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.translation import gettext as _says
from django.utils.translation import gettext_lazy as _

from activity.services import Actor
from billing.budgets.models import Budget
from billing.budgets.services import delete_budget
from billing.funds.services import return_balance
from billing.models import Resource
from core.formats import money
from coupons.models import Coupon, CouponRecord
from coupons.services.reclaiming import reclaim_coupons_of
from customers.authorizations.models import Authorization
from customers.authorizations.services import end_authorizations
from customers.freezing.services import freeze_arrival, freeze_of, lift_freeze
from customers.models import Customer
from customers.rules import POSTPAID, RESALE
from followups.models import Alert
from followups.services import lapse_alerts_of

from .. import rules

# Codes are stored with the change (`effects`), so that old ones are read in today's words.
SAYS: dict[str, str | Promise] = {
    "money": _("拨款余额 %(amount)s 元退回伙伴（解绑回收）。"),
    "resources_theirs": _("%(n)s 个资源继续运行，费用改由客户支付，请客户及时添加支付方式。"),
    "resources_ours": _("%(n)s 个资源继续运行，费用改由伙伴的拨款支付，请及时为客户拨款。"),
    "resources_billed": _("%(n)s 个资源继续运行，费用改由伙伴按月支付。"),
    "resources_stay": _("%(n)s 个资源继续运行，付款方不变。"),
    "contract_vendor": _("此后合同、发票、充值和服务由客户与厂商直接办理。"),
    "contract_partner": _("此后合同、发票和服务由客户与伙伴办理。"),
    "coupons": _("%(n)s 张伙伴发放的券退回伙伴，客户不能再使用。"),
    "authorizations": _("客户授权终止，进行中的代客操作随即结束。"),
    "alerts": _("%(n)s 条待处理的客户预警失效。"),
    "manager": _("不再由客户经理 %(name)s 负责，负责期间的消费和业绩仍归其名下。"),
    "notes": _("客户标签和备注留在本次关联中，不再修改。"),
    "history": _("关联期间的消费仍可查询。"),
    "budget": _("客户预算删除，预算调整记录保留。"),
    "thaws": _("账号冻结随之解除。"),
    "freezes": _("账号自动冻结，直至伙伴设置预算并解冻。"),
    "ends": _("关联解除，客户可以关联其他伙伴。"),
    "becomes": _("关联类型由%(before)s变为%(after)s。"),
}
INTERNAL = {"alerts", "manager", "notes", "history"}  # the partner's own business


def _nothing(by: Actor, at: datetime) -> None:
    pass


@dataclass(frozen=True)
class Effect:
    code: str
    figures: dict[str, Any] = field(default_factory=dict)
    run: Callable[[Actor, datetime], None] = _nothing

    @property
    def says(self) -> str:
        return said(self.code, self.figures)

    @property
    def is_internal(self) -> bool:
        return self.code in INTERNAL


def said(code: str, figures: dict[str, Any]) -> str:
    words = str(SAYS.get(code, code))
    types = dict(Customer.Association.choices)
    return words % {name: types.get(value, value) for name, value in figures.items()}


@dataclass(frozen=True)
class Step:
    """What is to become of a customer; `key` names the change that does it."""

    customer: Customer
    kind: str
    type_after: str = ""
    key: str = ""

    @property
    def leaves(self) -> bool:
        return self.kind == rules.LEAVE

    @cached_property
    def counts(self) -> dict[str, int]:
        """How much there is of what a customer has many of, in one statement."""
        rows: dict[str, QuerySet[Any]] = {
            "usable_coupons": Coupon.objects.usable(),
            "running_resources": Resource.objects.running(),
            "pending_alerts": Alert.objects.filter(state="pending"),
        }
        counted = {name: _counted(of) for name, of in rows.items()}
        row: Any = Customer.objects.filter(pk=self.customer.pk).values(**counted).get()
        return dict(row)

    @property
    def was_resale(self) -> bool:
        return self.customer.association_type == RESALE

    @property
    def was_postpaid(self) -> bool:
        return self.customer.association_type == POSTPAID

    @property
    def was_resold(self) -> bool:
        return self.customer.is_resold


def _counted(rows: QuerySet[Any]) -> Coalesce:
    """How many of these rows a customer has, as an expression."""
    of_customer = rows.filter(customer=OuterRef("pk")).order_by().values("customer")
    return Coalesce(Subquery(of_customer.annotate(n=Count("pk")).values("n")), 0)


def plan(step: Step) -> list[Effect]:
    """Everything that will happen, in the order in which it is done."""
    return [effect for find in FINDERS for effect in find(step)]


def _money(step: Step) -> list[Effect]:
    if not step.was_resale:
        return []
    amount = max(step.customer.available_amount or Decimal(0), Decimal(0))

    def run(by: Actor, at: datetime) -> None:
        return_balance(step.customer, key=step.key, by=by, at=at)

    return [Effect("money", {"amount": money(amount)}, run)]


def _resources(step: Step) -> list[Effect]:
    if not (n := step.counts["running_resources"]):
        return []
    if step.was_resold:
        return [Effect("resources_theirs", {"n": n})]
    ours = "resources_billed" if step.type_after == POSTPAID else "resources_ours"
    return [Effect("resources_stay" if step.leaves else ours, {"n": n})]


def _contract(step: Step) -> list[Effect]:
    if step.was_resold:
        return [Effect("contract_vendor")]
    return [] if step.leaves else [Effect("contract_partner")]


def _coupons(step: Step) -> list[Effect]:
    """What the partner issued goes back to it, whichever way the association changes."""
    n = step.counts["usable_coupons"]
    reason = CouponRecord.Type.LEAVE if step.leaves else CouponRecord.Type.SWITCH

    def run(by: Actor, at: datetime) -> None:
        reclaim_coupons_of(step.customer, reason, by=by, at=at)

    return [Effect("coupons", {"n": n}, run)] if n else []


def _authorizations(step: Step) -> list[Effect]:
    """Nobody acts in the account of a customer to whom this partner does not resell any more."""
    if not step.was_resold or not Authorization.objects.live().filter(customer=step.customer):
        return []

    def run(by: Actor, at: datetime) -> None:
        reason = _says("关联已解除") if step.leaves else _says("关联类型已切换")
        end_authorizations(step.customer, reason=reason, by=by, at=at)

    return [Effect("authorizations", {}, run)]


def _follow_ups(step: Step) -> list[Effect]:
    if not step.leaves:
        return []
    n = step.counts["pending_alerts"]

    def run(by: Actor, at: datetime) -> None:
        lapse_alerts_of(step.customer, at=at)

    return [Effect("alerts", {"n": n}, run)] if n else []


def _notes(step: Step) -> list[Effect]:
    """They are of this association: who comes back begins without (decision 0016)."""
    return [Effect("notes")] if step.leaves else []


def _budget(step: Step) -> list[Effect]:
    if not step.was_postpaid or not Budget.objects.filter(customer=step.customer).exists():
        return []

    def run(by: Actor, at: datetime) -> None:
        delete_budget(step.customer, at=at)

    return [Effect("budget", {}, run)]


def _freezing(step: Step) -> list[Effect]:
    """What froze a 转售 customer goes with it; who becomes one is frozen until it has a budget."""
    customer = step.customer
    row = freeze_of(customer) if step.was_postpaid else None

    def lift(by: Actor, at: datetime) -> None:
        lift_freeze(customer, by=by, at=at)

    return [Effect("thaws", {}, lift)] if row and row.is_frozen else []


def _arrival(step: Step) -> list[Effect]:
    """After the type has changed."""
    if step.type_after != POSTPAID:
        return []

    def freeze(by: Actor, at: datetime) -> None:
        freeze_arrival(step.customer, at=at)

    return [Effect("freezes", {}, freeze)]


def _end(step: Step) -> list[Effect]:
    """The association itself, and with it the assignment; what was consumed stays readable."""
    customer = step.customer
    if not step.leaves:

        def switch(by: Actor, at: datetime) -> None:
            customer.mark_switched(step.type_after)

        figures = {"before": customer.association_type, "after": step.type_after}
        return [Effect("becomes", figures, switch)]

    def end(by: Actor, at: datetime) -> None:
        customer.mark_disassociated(at=at)

    manager = customer.account_manager
    assigned = [Effect("manager", {"name": manager.user.name})] if manager else []
    return [*assigned, Effect("history"), Effect("ends", {}, end)]


FINDERS: tuple[Callable[[Step], list[Effect]], ...] = (
    _money,
    _coupons,
    _resources,
    _contract,
    _authorizations,
    _follow_ups,
    _notes,
    _budget,
    _freezing,
    _end,
    _arrival,
)
