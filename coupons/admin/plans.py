"""活动代金券 on the vendor's desk: what partners ask for is approved or refused by reviewers."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from core import clock
from core.admin import ButtonForm, VendorAdmin, Waits, button
from core.formats import money
from customers.admin import PartnerFilter

from .. import plan_rules
from ..models import VoucherPlan
from ..services import reviewing
from .quotas import who

REVIEWER = ("reviewer",)
_SHOWN = 10  # customers that are spelled out


class ReviewForm(ButtonForm):
    """Answers what the reviewer saw: a configuration that was changed meanwhile is read anew."""

    revision = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, subject: VoucherPlan, **kwargs: Any) -> None:
        kwargs["initial"] = {"revision": subject.revision}
        super().__init__(*args, subject=subject, **kwargs)


class ApproveForm(ReviewForm):
    """What it comes to is said where it is confirmed."""

    confirmed = forms.BooleanField()

    def __init__(self, *args: Any, subject: VoucherPlan, **kwargs: Any) -> None:
        super().__init__(*args, subject=subject, **kwargs)
        self.fields["confirmed"].label = _effect(subject)


class RefuseForm(ReviewForm):
    reason = forms.CharField(
        label=_l("原因"),
        max_length=plan_rules.REASON_LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_l("伙伴可见。"),
    )


def _effect(plan: VoucherPlan) -> str:
    seen = reviewing.foresee(plan, at=clock.now())
    if seen.reason:
        return seen.reason
    words = {
        "takers": seen.takers,
        "n": seen.takers * plan.per_customer,
        "total": money(seen.total),
        "blocked": seen.blocked,
    }
    return (
        _(
            "将由厂商出资 %(total)s 元，向 %(takers)s 个客户发放 %(n)s 张；"
            "%(blocked)s 个客户不能接收，不占金额"
        )
        % words
    )


def _is_waiting(plan: VoucherPlan) -> bool:
    return plan.state == VoucherPlan.State.WAITING


@admin.register(VoucherPlan)
class VoucherPlanAdmin(VendorAdmin):
    """活动代金券配置: submitted ones wait here; drafts are the partner's own business."""

    list_display = ("number", "name", "partner", "promotion", "state", "face", "submitted_at")
    list_filter = (PartnerFilter, "state")
    list_select_related = ("partner", "promotion")
    search_fields = ("name__contains",)
    search_help_text = _l("配置名称的一部分")
    fields = readonly_fields = (
        *("number", "name", "partner", "promotion", "state", "face", "per_customer", "worth"),
        *("shown_customers", "starts_at", "ends_at", "min_order", "services", "order_types"),
        *("remark", "made_by", "made_at", "submitted_by", "submitted_at"),
        *("reviewed_by", "reviewed_at", "reason", "quota"),
    )
    buttons = ("approve", "refuse")
    waits = (Waits(_l("待审核的活动代金券配置"), "approve", {"state__exact": "waiting"}),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[VoucherPlan]:
        found = super().get_queryset(request).exclude(state=VoucherPlan.State.DRAFT)
        return found.select_related("promotion", "made_by__user", "submitted_by__user", "quota")

    @admin.display(description=_l("配置编号"), ordering="pk")
    def number(self, plan: VoucherPlan) -> str:
        return plan.number

    @admin.display(description=_l("总面值（元）"))
    def worth(self, plan: VoucherPlan) -> str:
        return money(plan.worth(plan.customers.count()))

    @admin.display(description=_l("适用客户"))
    def shown_customers(self, plan: VoucherPlan) -> str:
        numbers = list(plan.customers.order_by("pk").values_list("number", flat=True))
        shown = _("、").join(numbers[:_SHOWN])
        if len(numbers) <= _SHOWN:
            return shown
        return _("%(shown)s 等 %(n)s 个") % {"shown": shown, "n": len(numbers)}

    @button(
        _l("通过"),
        explain=_l("通过后代金券立即发给客户，客户和伙伴都会收到通知。不能撤销。"),
        roles=REVIEWER,
        form=ApproveForm,
        shown=_is_waiting,
        step_up=True,
    )
    def approve(self, request: HttpRequest, plan: VoucherPlan, data: dict[str, Any]) -> str:
        records = reviewing.approve_plan(plan, revision=data["revision"], **who(request))
        done = sum(each.is_done for each in records)
        words = {"n": done, "failed": len(records) - done}
        return _("已通过，发放 %(n)s 张；%(failed)s 个客户未能发放。") % words

    @button(
        _l("驳回"),
        explain=_l("伙伴会收到原因，可以修改后重新提交。"),
        roles=REVIEWER,
        form=RefuseForm,
        shown=_is_waiting,
    )
    def refuse(self, request: HttpRequest, plan: VoucherPlan, data: dict[str, Any]) -> str:
        reason = data["reason"].strip()
        reviewing.refuse_plan(plan, reason, revision=data["revision"], **who(request))
        return _("已驳回。")
