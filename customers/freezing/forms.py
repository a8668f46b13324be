import re
import unicodedata
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from . import rules
from .grants import Terms
from .models import FreezeRecord, LimitGrant

_AMOUNT = re.compile(r"[0-9]{1,10}(\.[0-9]{1,2})?|[0-9]{1,3}(,[0-9]{3})+(\.[0-9]{1,2})?")
MOST = Decimal(2_147_483_647)  # customers_coupons.md §4.5


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_l("原因"),
        max_length=rules.REASON_LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_l("记入冻结记录，客户看不到。"),
    )


class FreezeForm(ReasonForm):
    action = forms.ChoiceField(
        label=_l("冻结范围"),
        choices=[
            (FreezeRecord.Action.FREEZE_ACCOUNT.value, FreezeRecord.Action.FREEZE_ACCOUNT.label),
            (
                FreezeRecord.Action.FREEZE_RESOURCES.value,
                FreezeRecord.Action.FREEZE_RESOURCES.label,
            ),
        ],
        widget=forms.RadioSelect,
        help_text=_l(
            "冻结账号：不能新购、续费和变更，已开通的资源继续运行并计费。"
            "冻结账号与资源：所有云服务停用，满 15 天未解冻则资源被释放，不能恢复。"
        ),
    )
    field_order = ("action", "reason")


class LimitField(forms.CharField):
    """An amount of a budget: CNY from 0 on, two decimals."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput({"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(widget=widget, max_length=20, **kwargs)

    def clean(self, value: Any) -> Any:
        if not (text := super().clean(value)):
            return None
        plain = unicodedata.normalize("NFKC", text).strip()
        if not _AMOUNT.fullmatch(plain):
            raise ValidationError(_("请填写金额，最多两位小数，如 1000.00。"))
        amount = Decimal(plain.replace(",", ""))
        if amount > MOST:
            raise ValidationError(_("金额不能超过 2,147,483,647 元。"))
        return amount.quantize(Decimal("0.01"))


class GrantForm(forms.Form):
    """What a reseller may do with its customers' limits."""

    may_freeze = forms.BooleanField(label=_l("可以冻结和解冻自己的客户"), required=False)
    kinds = forms.MultipleChoiceField(
        label=_l("可以设置的预算类型"),
        choices=LimitGrant.Kind.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_l("都不选表示不能设置预算；已设置的预算保留，由总经销商管理。"),
    )
    monthly_most = LimitField(
        label=_l("月度预算上限（元）"),
        required=False,
        help_text=_l("每个客户的上限，留空表示不限。"),
    )
    one_time_most = LimitField(label=_l("一次性预算上限（元）"), required=False)

    def terms(self) -> Terms:
        said = self.cleaned_data
        return Terms(
            may_freeze=said["may_freeze"],
            kinds=tuple(sorted(said["kinds"])),
            monthly_most=said["monthly_most"],
            one_time_most=said["one_time_most"],
        )
