"""What the pages of coupons ask for: shape and limits of one request."""

import unicodedata
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from billing.funds.forms import AmountField, new_token
from core.clock import day_of, is_sensible, start_of
from org.models import Member, Partner

from . import rules
from .models import Quota
from .models.codes import OrderType
from .rules import Wish
from .services.quotas import Gift

STEPS = [(step, step) for step in ("find", "preview", "confirm")]


def day_begins(day: date) -> datetime:
    return start_of(day)


def day_ends(day: date) -> datetime:
    """The last day counts whole."""
    return start_of(day + timedelta(days=1))


def last_day(ends_at: datetime) -> date:
    """The day that counts last, of what ends at an instant."""
    return day_of(ends_at - timedelta(microseconds=1))


class Listed(forms.CharField):
    """Several values, one a line."""

    def __init__(self, *, most: int, longest: int, **kwargs: Any) -> None:
        self.most, self.longest = most, longest
        kwargs.setdefault("required", False)
        kwargs.setdefault("help_text", _l("每行一个"))
        kwargs.setdefault("max_length", most * (longest + 2))
        super().__init__(widget=forms.Textarea({"rows": 3}), **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list | tuple) else value

    def clean(self, value: Any) -> Any:
        text = unicodedata.normalize("NFKC", super().clean(value))
        lines = list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
        if len(lines) > self.most:
            raise ValidationError(_("最多 %(n)s 个。") % {"n": self.most})
        if any(len(line) > self.longest for line in lines):
            raise ValidationError(_("每个最多 %(n)s 个字符。") % {"n": self.longest})
        return lines


class SensibleDay(forms.DateField):
    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        kwargs.setdefault("error_messages", {"invalid": _l("请填写形如 2026-11-20 的日期。")})
        super().__init__(widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"), **kwargs)

    def clean(self, value: Any) -> Any:
        day = super().clean(value)
        if day and not is_sensible(day):
            raise ValidationError(_("请填写形如 2026-11-20 的日期。"))
        return day


class IssueForm(forms.Form):
    """发放: a face, its terms, and for whom (§15.3). What is left empty is the quota's."""

    face = AmountField(label=_l("面值（元）"))
    min_order = AmountField(
        label=_l("最小可用订单额（元）"), required=False, help_text=_l("留空为不限。")
    )
    starts_on = SensibleDay(label=_l("生效日期"))
    ends_on = SensibleDay(label=_l("失效日期"), help_text=_l("当天仍有效；留空与额度相同。"))
    ratio = forms.IntegerField(
        label=_l("使用限制比例（%）"),
        min_value=1,
        max_value=100,
        required=False,
        help_text=_l("一个订单最多可用券支付的比例；留空与额度相同。"),
    )
    order_types = forms.MultipleChoiceField(
        label=_l("订购类型"),
        choices=OrderType.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple({"class": "form-check-input"}),
        help_text=_l("不选与额度相同。"),
    )
    services = Listed(label=_l("云服务类型"), most=rules.MOST_SERVICES, longest=128, required=False)
    remark = forms.CharField(
        label=_l("备注"),
        max_length=255,
        required=False,
        help_text=_l("仅贵公司可见，显示在操作记录中。"),
    )
    search = forms.CharField(max_length=128, required=False)
    customers = forms.TypedMultipleChoiceField(coerce=int, required=False)
    token = forms.UUIDField(widget=forms.HiddenInput, initial=new_token)
    step = forms.ChoiceField(required=False, choices=STEPS, widget=forms.HiddenInput)
    TERMS = (
        *("face", "min_order", "starts_on", "ends_on", "ratio", "order_types", "services"),
        "remark",
    )

    def __init__(self, *args: Any, quota: Quota, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.quota = quota
        if not rules.KINDS[quota.kind].share:
            del self.fields["ratio"]
        if quota.services:
            self.fields["services"].help_text = _("每行一个，限：%(names)s。留空与额度相同。") % {
                "names": _("、").join(quota.services)
            }
        if quota.order_types:
            allowed = [pair for pair in OrderType.choices if pair[0] in quota.order_types]
            self.fields["order_types"].choices = allowed  # type: ignore[attr-defined]
        chosen = self.data.getlist("customers") if self.is_bound else []  # type: ignore[attr-defined]
        numbers = [pk for pk in chosen if pk.isdecimal() and len(pk) < 19]
        self.fields["customers"].choices = [(pk, pk) for pk in numbers]  # type: ignore[attr-defined]

    def as_typed(self) -> "IssueForm":
        """The same again, not judged yet: while customers are looked for."""
        typed: dict[str, Any] = {name: self.data.get(name, "") for name in self.fields}
        typed["order_types"] = self.data.getlist("order_types")  # type: ignore[attr-defined]
        return IssueForm(quota=self.quota, initial={k: v for k, v in typed.items() if v})

    @property
    def terms(self) -> list[forms.BoundField]:
        return [self[name] for name in self.TERMS if name in self.fields]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        first, last = said.get("starts_on"), said.get("ends_on")
        if first and last and first > last:
            self.add_error("ends_on", _("失效日期早于生效日期。"))
        if first and first > last_day(self.quota.ends_at):
            self.add_error("starts_on", _("生效日期晚于额度的失效日期。"))
        return said

    def wish(self) -> Wish:
        """A day on which the quota itself begins or ends means that instant."""
        said, quota = self.cleaned_data, self.quota
        begin, end = said["starts_on"], said["ends_on"]
        starts_at = day_begins(begin) if begin else quota.starts_at
        ends_at = day_ends(end) if end else quota.ends_at
        if begin and begin == day_of(quota.starts_at):
            starts_at = quota.starts_at
        if end and end == last_day(quota.ends_at):
            ends_at = quota.ends_at
        return Wish(
            face=said["face"],
            starts_at=starts_at,
            ends_at=ends_at,
            min_order=said["min_order"] or Decimal(0),
            ratio=said.get("ratio"),
            services=tuple(said["services"]),
            order_types=tuple(said["order_types"]),
            remark=said["remark"].strip(),
        )


class GiveForm(forms.Form):
    """发放额度 to resellers (§15.2)."""

    amount = AmountField(label=_l("每个云经销商的金额（元）"))
    resellers = forms.ModelMultipleChoiceField(
        label=_l("云经销商"),
        queryset=Partner.objects.none(),
        widget=forms.CheckboxSelectMultiple({"class": "form-check-input"}),
        error_messages={"required": _l("请选择云经销商。")},
    )
    remark = forms.CharField(label=_l("备注"), max_length=255, required=False)
    token = forms.UUIDField(widget=forms.HiddenInput, initial=new_token)
    step = forms.ChoiceField(required=False, choices=STEPS, widget=forms.HiddenInput)

    def __init__(self, *args: Any, by: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mine = Partner.objects.filter(distributor_id=by.partner_id, is_active=True)
        self.fields["resellers"].queryset = mine.order_by("name")  # type: ignore[attr-defined]

    def gift(self) -> Gift:
        said = self.cleaned_data
        return Gift(tuple(said["resellers"]), said["amount"], said["remark"].strip())
