"""What a configuration of activity vouchers asks for (§15.6b)."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from billing.funds.forms import AmountField, new_token
from core.clock import day_of
from core.refusals import NotAllowed, Refused
from customers.models import Customer
from org.models import Member

from . import plan_rules, rules
from .forms import Listed, SensibleDay, day_begins, day_ends, last_day
from .models import Promotion, VoucherPlan
from .models.codes import OrderType
from .services import plans
from .services.plans import Draft

STEPS = [(step, step) for step in ("find", "save", "submit")]


class PromotionField(forms.ModelChoiceField):
    """By name, with its days, which those of the vouchers stay within."""

    def label_from_instance(self, promotion: Any) -> str:
        return _("%(name)s（%(first)s 至 %(last)s）") % {
            "name": promotion.name,
            "first": day_of(promotion.starts_at),
            "last": last_day(promotion.ends_at),
        }


class PlanForm(forms.Form):
    """活动代金券配置. What is left empty of products and order types is the promotion's."""

    name = forms.CharField(label=_l("配置名称"), max_length=plan_rules.NAME_LONGEST)
    promotion = PromotionField(
        label=_l("促销活动"),
        queryset=Promotion.objects.none(),
        empty_label=_l("请选择"),
        error_messages={"invalid_choice": _l("请选择进行中的促销活动。")},
    )
    face = AmountField(label=_l("代金券面值（元）"))
    per_customer = forms.IntegerField(
        label=_l("每客户张数"), min_value=1, max_value=plan_rules.MOST_EACH, initial=1
    )
    starts_on = SensibleDay(label=_l("生效日期"), required=True)
    ends_on = SensibleDay(
        label=_l("失效日期"),
        required=True,
        help_text=_l("当天仍有效；须在促销活动的起止时间之内。"),
    )
    min_order = AmountField(
        label=_l("最小可用订单额（元）"), required=False, help_text=_l("留空为不限。")
    )
    services = Listed(
        label=_l("云服务类型"),
        most=rules.MOST_SERVICES,
        longest=128,
        help_text=_l("每行一个，最多 10 个；留空与促销活动相同。"),
    )
    order_types = forms.MultipleChoiceField(
        label=_l("订购类型"),
        choices=OrderType.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple({"class": "form-check-input"}),
        help_text=_l("不选与促销活动相同。"),
    )
    remark = forms.CharField(
        label=_l("备注"),
        max_length=255,
        required=False,
        help_text=_l("贵公司和厂商可见，客户不可见。"),
    )
    search = forms.CharField(max_length=128, required=False)
    customers = forms.TypedMultipleChoiceField(coerce=int, required=False)
    token = forms.UUIDField(widget=forms.HiddenInput, initial=new_token)
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)
    step = forms.ChoiceField(required=False, choices=STEPS, widget=forms.HiddenInput)
    TERMS = (
        *("name", "promotion", "face", "per_customer", "starts_on", "ends_on", "min_order"),
        *("services", "order_types", "remark"),
    )

    def __init__(
        self,
        *args: Any,
        by: Member,
        at: datetime,
        plan: VoucherPlan | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.by, self.at, self.plan = by, at, plan
        # That of a draft stays, although it is over meanwhile; submitting says so.
        own = Q(pk=plan.promotion_id) if plan else Q()
        running = Q(starts_at__lte=at, ends_at__gt=at)
        offered = Promotion.objects.visible_to(by).filter(running | own if plan else running)
        self.fields["promotion"].queryset = offered.order_by("ends_at", "pk")  # type: ignore[attr-defined]
        chosen = self.data.getlist("customers") if self.is_bound else []  # type: ignore[attr-defined]
        numbers = [pk for pk in chosen if pk.isdecimal() and len(pk) < 19]
        self.fields["customers"].choices = [(pk, pk) for pk in numbers]  # type: ignore[attr-defined]

    def as_typed(self) -> "PlanForm":
        """The same again, not judged yet: while customers are looked for."""
        typed: dict[str, Any] = {name: self.data.get(name, "") for name in self.fields}
        typed["order_types"] = self.data.getlist("order_types")  # type: ignore[attr-defined]
        kept = {name: value for name, value in typed.items() if value}
        return PlanForm(by=self.by, at=self.at, plan=self.plan, initial=kept)

    @property
    def terms(self) -> list[forms.BoundField]:
        return [self[name] for name in self.TERMS]

    @property
    def submits(self) -> bool:
        return self.cleaned_data["step"] == "submit"

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        first, last = said.get("starts_on"), said.get("ends_on")
        if first and last and first > last:
            self.add_error("ends_on", _("失效日期早于生效日期。"))
        return said

    def save(self, customers: Iterable[Customer]) -> VoucherPlan | None:
        """Makes the configuration, or changes it. What is refused the form says, and keeps what
        was typed: None. Raises NotAllowed."""
        draft, said, by, at = self.draft(customers), self.cleaned_data, self.by, self.at
        try:
            if self.plan:
                seen = said["revision"] or 0
                return plans.change_plan(
                    self.plan, draft, submits=self.submits, revision=seen, by=by, at=at
                )
            return plans.create_plan(draft, submits=self.submits, token=said["token"], by=by, at=at)
        except NotAllowed:
            raise
        except Refused as refusal:
            self.add_error(None, str(refusal))
            return None

    def draft(self, customers: Iterable[Customer]) -> Draft:
        """A day on which the promotion itself begins or ends means that instant."""
        said = self.cleaned_data
        promotion, begin, end = said["promotion"], said["starts_on"], said["ends_on"]
        starts_at, ends_at = day_begins(begin), day_ends(end)
        if begin == day_of(promotion.starts_at):
            starts_at = promotion.starts_at
        if end == last_day(promotion.ends_at):
            ends_at = promotion.ends_at
        return Draft(
            name=said["name"].strip(),
            promotion=promotion,
            face=said["face"],
            per_customer=said["per_customer"],
            starts_at=starts_at,
            ends_at=ends_at,
            min_order=said["min_order"] or Decimal(0),
            services=said["services"],
            order_types=said["order_types"],
            remark=said["remark"].strip(),
            customers=tuple(customers),
        )


def initial_of(plan: VoucherPlan) -> dict[str, Any]:
    """The form as it stands in the database."""
    return {
        "name": plan.name,
        "promotion": plan.promotion_id,
        "face": plan.face,
        "per_customer": plan.per_customer,
        "starts_on": day_of(plan.starts_at),
        "ends_on": last_day(plan.ends_at),
        "min_order": plan.min_order or None,
        "services": plan.services,
        "order_types": plan.order_types,
        "remark": plan.remark,
        "revision": plan.revision,
    }
