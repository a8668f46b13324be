"""What is filled in for a 付款协议."""

from typing import Any
from uuid import uuid4

from django import forms
from django.core.validators import MinValueValidator
from django.utils.translation import gettext_lazy as _

from billing.invoices.forms import TidyForm
from core import clock

from . import rules
from .services import Terms


class AgreementForm(TidyForm):
    amount = forms.DecimalField(
        label=_("付款金额（元）"),
        max_digits=12,
        decimal_places=2,
        validators=[MinValueValidator(0.01, _("付款金额须大于 0，最多两位小数。"))],
        error_messages={"required": _("请填写付款金额。")},
        help_text=_("与实际付款一致，否则协议无效。"),
    )
    pays_on = forms.DateField(
        label=_("承诺付款时间"),
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("请选择承诺付款时间。")},
        help_text=_("可以是过去 12 个月内的日期。"),
    )
    purpose = forms.CharField(
        label=_("款项用途"),
        max_length=100,
        error_messages={"required": _("请填写款项用途。")},
        help_text=_("例如：2026 年 10 月云服务费。"),
    )
    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def clean_pays_on(self) -> Any:
        day = self.cleaned_data["pays_on"]
        if day < (first := rules.earliest(clock.today())):
            said = _("承诺付款时间最早为 12 个月前（%(day)s）。") % {"day": first.isoformat()}
            raise forms.ValidationError(said)
        return day

    def terms(self) -> Terms:
        data = self.cleaned_data
        return Terms(amount=data["amount"], pays_on=data["pays_on"], purpose=data["purpose"])
