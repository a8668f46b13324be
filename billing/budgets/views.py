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
from customers.services import decide_see_resellers
from org.gate import requires
from org.permissions import BUDGETS_SET, BUDGETS_SET_RESELLERS, BUDGETS_VIEW

from . import services
from .forms import BudgetForm, RecipientsForm
from .lists import BudgetRecordList, ResellerBudgetRecordList
from .models import Budget, BudgetRecipient
from .recipients import choosable, choose_recipients, decide_choose


@requires(BUDGETS_VIEW)
def record_list(request: Any) -> HttpResponse:
    return BudgetRecordList(request).respond()


@requires(BUDGETS_VIEW, reach_resellers=True)
def reseller_record_list(request: Any) -> HttpResponse:
    """The same of its resellers' customers, for a distributor."""
    if not (decision := decide_see_resellers(request.member)):
        raise NotAllowed(decision)
    return ResellerBudgetRecordList(request).respond()


@requires(BUDGETS_VIEW)
def recipients(request: Any) -> HttpResponse:
    """预算提醒接收人, chosen by the main account."""
    if not (decision := decide_choose(request.member)):
        raise NotAllowed(decision)
    choices = choosable(request.member)
    mine = BudgetRecipient.objects.visible_to(request.member)
    initial = {"members": list(mine.values_list("member_id", flat=True))}
    form = RecipientsForm(request.POST or None, choices=choices, initial=initial)
    if request.method == "POST" and form.is_valid():
        wanted = set(form.cleaned_data["members"])
        chosen = [each for each in choices if each.pk in wanted]
        choose_recipients(chosen, by=request.member, at=clock.now())
        messages.success(request, _("预算提醒接收人已保存。"))
        return redirect("budgets:record_list")
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "choices": choices}
    return render(request, "billing/budgets/recipients.html", context, status=status)


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
