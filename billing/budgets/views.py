"""设置预算 of one customer, and 预算调整记录."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from core import clock
from core.refusals import NotAllowed
from customers.freezing.services import decide_freeze, loaded_freeze
from customers.freezing.views import back_to, load_limited
from org.gate import requires
from org.permissions import BUDGETS_SET, BUDGETS_SET_RESELLERS, BUDGETS_VIEW

from . import services
from .forms import BudgetForm
from .lists import BudgetRecordList
from .models import Budget


@requires(BUDGETS_VIEW)
def record_list(request: Any) -> HttpResponse:
    return BudgetRecordList(request).respond()


@requires(BUDGETS_SET, sensitive=True)
def set_budget(request: Any, pk: int) -> HttpResponse:
    """设置预算 of one's own customer."""
    return _set(request, pk, theirs=False)


@requires(BUDGETS_SET_RESELLERS, reach_resellers=True, sensitive=True)
def set_theirs(request: Any, pk: int) -> HttpResponse:
    """The same of a reseller's customer."""
    return _set(request, pk, theirs=True)


def _set(request: Any, pk: int, *, theirs: bool) -> HttpResponse:
    customer = load_limited(request, pk, theirs=theirs)
    if not (decision := services.decide_budget(request.member, customer)):
        raise NotAllowed(decision)
    freeze = loaded_freeze(customer)
    mine = Budget.objects.visible_to(request.member, resellers=theirs)
    budget = mine.filter(customer=pk).first()
    form = BudgetForm(
        request.POST or None,
        by=request.member,
        may_unfreeze=bool(freeze and freeze.is_frozen and decide_freeze(request.member, customer)),
        initial=_initial(budget),
    )
    if request.method == "POST" and form.is_valid():
        services.set_budget(customer, form.wish(), by=request.member, at=clock.now())
        messages.success(request, _("预算已保存。"))
        return redirect(back_to(request, customer))
    context = {
        "customer": customer,
        "freeze": freeze,
        "budget": budget,
        "today": clock.today(),
        "form": form,
        "back": back_to(request, customer),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "billing/budgets/set.html", context, status=status)


def _initial(budget: Budget | None) -> dict[str, Any]:
    if budget is None:
        return {}
    return {
        "kind": budget.kind,
        "amount": budget.amount,
        "on_exhaustion": budget.on_exhaustion,
    }
