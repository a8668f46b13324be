"""活动代金券, the partner's side: configurations, the promotions they are for, 发放记录."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core import clock
from core.access import Decision
from core.refusals import NotAllowed
from org.gate import requires
from org.permissions import COUPONS_ISSUE, COUPONS_VIEW

from ..models import PlanCustomer, VoucherPlan
from ..picking import Picker
from ..plan_forms import PlanForm, initial_of
from ..plan_lists import PlanList, PromotionList, VoucherRecordList
from ..services import plans


@requires(COUPONS_VIEW)
def plan_list(request: Any) -> HttpResponse:
    return PlanList(request).respond()


@requires(COUPONS_VIEW)
def promotion_list(request: Any) -> HttpResponse:
    return PromotionList(request).respond()


@requires(COUPONS_VIEW)
def voucher_record_list(request: Any) -> HttpResponse:
    return VoucherRecordList(request).respond()


def _load(request: Any, pk: int) -> VoucherPlan:
    rows = VoucherPlan.objects.visible_to(request.member)
    return get_object_or_404(rows.select_related("promotion", "quota"), pk=pk)


def _may(decision: Decision) -> None:
    if not decision:
        raise NotAllowed(decision)


@requires(COUPONS_VIEW)
@require_safe
def plan_detail(request: Any, pk: int) -> HttpResponse:
    """How far it is, for whom, and what the vouchers are."""
    plan = _load(request, pk)
    chosen = PlanCustomer.objects.visible_to(request.member).filter(plan=plan)
    customers = [each.customer for each in chosen.select_related("customer").order_by("customer")]
    context = {
        "plan": plan,
        "customers": customers,
        "vouchers": plan.per_customer * len(customers),
        "worth": plan.worth(len(customers)),
        "make_decision": plans.decide_plan(request.member),
        "decision": plans.decide_plan(request.member, plan),
        "withdraw_decision": plans.decide_withdraw(request.member, plan),
    }
    return render(request, "coupons/plan.html", context)


# ---- 新建, 复制, 编辑 ----


@requires(COUPONS_ISSUE)
def create_plan(request: Any) -> HttpResponse:
    """新建; `?promotion=` chooses one."""
    return _fill_in(request, initial={"promotion": request.GET.get("promotion", "")})


@requires(COUPONS_ISSUE)
def copy_plan(request: Any, pk: int) -> HttpResponse:
    """复制: a new one that begins as this one is."""
    plan = _load(request, pk)
    initial = {**initial_of(plan), "revision": None}
    return _fill_in(request, initial=initial, chosen=_customers_of(plan))


@requires(COUPONS_ISSUE)
def edit_plan(request: Any, pk: int) -> HttpResponse:
    plan = _load(request, pk)
    _may(plans.decide_plan(request.member, plan))
    return _fill_in(request, plan, initial=initial_of(plan), chosen=_customers_of(plan))


def _customers_of(plan: VoucherPlan) -> list[int]:
    return list(plan.chosen.values_list("customer", flat=True))


def _fill_in(
    request: Any,
    plan: VoucherPlan | None = None,
    *,
    initial: dict[str, Any],
    chosen: Any = (),
) -> HttpResponse:
    """The form, until it can be saved; `plan` is changed, without one a new one is made."""
    who = {"by": request.member, "at": clock.now()}
    form = PlanForm(request.POST or None, initial=initial, plan=plan, **who)
    picker = Picker(request, chosen)
    if request.method == "POST" and request.POST.get("step") == "find":
        return _form_page(request, form.as_typed(), plan, picker)
    if request.method != "POST" or not form.is_valid():
        return _form_page(request, form, plan, picker)
    if not (saved := form.save(picker.chosen())):
        return _form_page(request, form, plan, picker, status=409)
    _say_saved(request, form.submits)
    return redirect("coupons:plan_detail", saved.pk)


def _say_saved(request: Any, submits: bool) -> None:
    if submits:
        messages.success(request, _("已提交，厂商约 3 个工作日内完成审核。"))
    else:
        messages.success(request, _("草稿已保存。"))


def _form_page(
    request: Any, form: PlanForm, plan: VoucherPlan | None, picker: Picker, status: int = 422
) -> HttpResponse:
    context = {"form": form, "plan": plan, "picks": picker.picks()}
    shown = status if form.errors else 200
    return render(request, "coupons/plan_form.html", context, status=shown)


# ---- 提交, 撤销, 删除 ----


@requires(COUPONS_ISSUE)
def submit_plan(request: Any, pk: int) -> HttpResponse:
    """提交 of a draft as it is: GET asks, POST does it."""
    plan = _load(request, pk)
    if request.method != "POST":
        return _ask(request, plan, "submit", plans.decide_plan(request.member, plan))
    plans.submit_plan(plan, by=request.member, at=clock.now())
    _say_saved(request, submits=True)
    return redirect("coupons:plan_detail", pk)


@requires(COUPONS_ISSUE)
def withdraw_plan(request: Any, pk: int) -> HttpResponse:
    """撤销: GET asks, POST does it."""
    plan = _load(request, pk)
    if request.method != "POST":
        return _ask(request, plan, "withdraw", plans.decide_withdraw(request.member, plan))
    plans.withdraw_plan(plan, by=request.member, at=clock.now())
    messages.success(request, _("已撤销，配置回到草稿。"))
    return redirect("coupons:plan_detail", pk)


@requires(COUPONS_ISSUE)
def delete_plan(request: Any, pk: int) -> HttpResponse:
    """删除: GET asks, POST does it."""
    plan = _load(request, pk)
    if request.method != "POST":
        return _ask(request, plan, "delete", plans.decide_plan(request.member, plan))
    plans.delete_plan(plan, by=request.member, at=clock.now())
    messages.success(request, _("配置已删除。"))
    return redirect("coupons:plan_list")


def _ask(request: Any, plan: VoucherPlan, act: str, decision: Decision) -> HttpResponse:
    context = {"plan": plan, "act": act, "decision": decision, "customers": plan.customers.count()}
    return render(request, "coupons/plan_act.html", context)
