"""批量设置预算: the same budget for each, in the place of what it had (§4.5)."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from core import formats
from core.access import Decision
from core.lists.bulk import Change
from core.refusals import NotAllowed, Refused
from customers.freezing.bulk import OfLimits
from customers.freezing.reach import check_customer, decide_limit
from customers.models import Customer
from jobs.models import JobRow
from org.models import Member
from org.permissions import (
    BUDGETS_SET,
    BUDGETS_SET_RESELLERS,
    CUSTOMERS_FREEZE,
    CUSTOMERS_FREEZE_RESELLERS,
)

from .forms import BudgetForm
from .models import Budget, Kind, OnExhaustion
from .services import Wish, decide_budget, set_budget


class SetBudgets(OfLimits):
    key = "budget"
    label = _l("批量设置预算")
    help = _l("给选中的每个转售客户设置相同的预算，替换原有的预算。")

    def decide(self, by: Member) -> Decision:
        """Without what a distributor lets this reseller do: `check` and the form ask that."""
        may = BUDGETS_SET_RESELLERS if self.resellers else BUDGETS_SET
        return decide_limit(by, may, may, None)

    def form(self, data: Any = None, *, by: Member, at: datetime) -> forms.Form:
        may = CUSTOMERS_FREEZE_RESELLERS if self.resellers else CUSTOMERS_FREEZE
        may_unfreeze = bool(decide_limit(by, may, may, None))
        return BudgetForm(data, by=by, may_unfreeze=may_unfreeze)

    def values(self, form: forms.Form) -> Wish:
        assert isinstance(form, BudgetForm)
        return form.wish()

    def said(self, wish: Wish) -> str:
        words = {
            "kind": Kind(wish.kind).label,
            "amount": formats.money(wish.amount),
            "then": OnExhaustion(wish.on_exhaustion).label,
        }
        said = _("%(kind)s %(amount)s 元，用尽时%(then)s") % words
        return _("；").join([said, _("立即解冻")]) if wish.unfreeze else said

    def check(self, customer: Customer, wish: Wish, *, by: Member, at: datetime) -> None:
        if not self.resellers and not (decision := decide_budget(by)):  # asked once
            raise NotAllowed(decision)
        if not (decision := check_customer(customer)):
            raise Refused(str(decision))

    def do(self, pk: int, wish: Wish, *, by: Member, at: datetime) -> Change:
        customer = self.load_one(pk, by)
        before = Budget.objects.filter(customer=customer).first()
        made = set_budget(customer, wish, by=by, at=at)
        return Change(_facts(before) if before else {}, _facts(made))

    def undo(self, pk: int, done: JobRow, *, by: Member, at: datetime) -> Change:
        """The budget that it had, unless it has been set since."""
        customer = self.load_one(pk, by)
        now = Budget.objects.filter(customer=customer).first()
        if now is None or now.set_at != done.at:
            raise Refused(_("该客户的预算在批量操作之后又有变动，未撤销。"))
        if not done.before:
            raise Refused(_("该客户此前没有预算，不能撤销；可以重新设置。"))
        said = dict(done.before)
        set_budget(customer, Wish(**said | {"amount": Decimal(said["amount"])}), by=by, at=at)
        return Change(_facts(now), said)


class SetTheirBudgets(SetBudgets):
    key = "budget_resellers"
    resellers = True


def _facts(budget: Budget) -> dict[str, str]:
    return {
        "kind": budget.kind,
        "amount": str(budget.amount),
        "on_exhaustion": budget.on_exhaustion,
    }
