"""Shape and limits of what is sent to the pages of invoices."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.months import read_month
from core.lists.filters import tidy
from org.models import Member

from .agreements import Settlement
from .models import Invoice, InvoiceTitle
from .services.requests import Wanted
from .services.settlements import resellers_of

_NUMBER = re.compile(r"[0-9A-Za-z-]{6,40}", re.ASCII)
_TAX_NUMBER = re.compile(r"[0-9A-Z]{15,20}", re.ASCII)
_DAY = forms.DateInput({"type": "date"}, format="%Y-%m-%d")


def _required(sentence: Any) -> dict[str, Any]:
    return {"required": sentence}


class TidyForm(forms.Form):
    """Texts are taken as they were meant: plain forms, no stray blanks."""

    def _clean_fields(self) -> None:
        super()._clean_fields()  # type: ignore[misc]
        for name, value in self.cleaned_data.items():
            if isinstance(value, str):
                self.cleaned_data[name] = tidy(value)


class NumberedForm(TidyForm):
    number = forms.CharField(
        label=_("发票号码"),
        max_length=40,
        error_messages=_required(_("请填写发票号码。")),
        help_text=_("6 至 40 位数字、字母或短横线。"),
    )
    issued_on = forms.DateField(
        label=_("开票日期"), widget=_DAY, error_messages=_required(_("请选择开票日期。"))
    )

    def clean_number(self) -> str:
        number = tidy(self.cleaned_data["number"]).upper()
        if not _NUMBER.fullmatch(number):
            raise forms.ValidationError(_("发票号码为 6 至 40 位数字、字母或短横线。"))
        return number

    def clean_issued_on(self) -> date:
        day = self.cleaned_data["issued_on"]
        if day.year < 2000:
            raise forms.ValidationError(_("请检查开票日期。"))
        return day


class OwnInvoiceForm(NumberedForm):
    """登记发票."""

    medium = forms.ChoiceField(label=_("发票介质"), choices=Invoice.Medium.choices)
    kind = forms.ChoiceField(label=_("发票类型"), choices=Invoice.Kind.choices)


class RequestForm(TidyForm):
    """索取发票: how it is wanted."""

    medium = forms.ChoiceField(label=_("发票介质"), choices=Invoice.Medium.choices)
    kind = forms.ChoiceField(label=_("发票类型"), choices=Invoice.Kind.choices)
    mailbox = forms.EmailField(
        label=_("接收邮箱"), required=False, help_text=_("选填，数电发票和电子发票发送到此邮箱。")
    )
    address = forms.CharField(
        label=_("邮寄地址"),
        required=False,
        max_length=200,
        help_text=_("纸质发票必填：收件人、电话和地址。"),
    )

    def clean(self) -> dict[str, Any]:
        if self.cleaned_data.get("medium") == "paper" and not self.cleaned_data.get("address"):
            self.add_error("address", _("纸质发票请填写邮寄地址。"))
        return self.cleaned_data

    def wanted(self) -> Wanted:
        return Wanted(**self.cleaned_data)


class ReasonForm(TidyForm):
    """退票, 异议: why."""

    reason = forms.CharField(
        label=_("原因"), max_length=200, error_messages=_required(_("请填写原因。"))
    )


class TitleForm(TidyForm):
    """发票抬头."""

    kind = forms.ChoiceField(label=_("抬头类型"), choices=InvoiceTitle.Kind.choices)
    name = forms.CharField(
        label=_("发票抬头"), max_length=100, error_messages=_required(_("请填写发票抬头。"))
    )
    tax_number = forms.CharField(
        label=_("纳税人识别号"),
        max_length=20,
        required=False,
        help_text=_("企业必填，15 至 20 位数字和大写字母。"),
    )
    bank = forms.CharField(label=_("开户银行"), max_length=100, required=False)
    bank_account = forms.CharField(label=_("基本账户号"), max_length=40, required=False)
    address = forms.CharField(label=_("注册地址"), max_length=200, required=False)
    telephone = forms.CharField(label=_("注册电话"), max_length=30, required=False)

    def clean_tax_number(self) -> str:
        number = tidy(self.cleaned_data["tax_number"]).upper()
        if number and not _TAX_NUMBER.fullmatch(number):
            raise forms.ValidationError(_("纳税人识别号为 15 至 20 位数字和大写字母。"))
        return number

    def clean(self) -> dict[str, Any]:
        is_company = self.cleaned_data.get("kind") == InvoiceTitle.Kind.COMPANY
        if (
            is_company
            and not self.cleaned_data.get("tax_number")
            and "tax_number" not in self.errors
        ):
            self.add_error("tax_number", _("企业抬头请填写纳税人识别号。"))
        return self.cleaned_data


class SettlementForm(TidyForm):
    """登记结算."""

    reseller_id = forms.TypedChoiceField(label=_("云经销商"), coerce=int)
    month = forms.CharField(label=_("账期"), max_length=7, help_text=_("形如 2026-10"))
    kind = forms.ChoiceField(label=_("结算事项"), choices=Settlement.Kind.choices)
    amount = forms.DecimalField(
        label=_("金额（元）"),
        min_value=Decimal("0.01"),
        max_digits=18,
        decimal_places=2,
        error_messages=_required(_("请填写金额。")),
    )
    number = forms.CharField(
        label=_("单号"), max_length=40, required=False, help_text=_("付款单号或发票号码")
    )
    note = forms.CharField(label=_("备注"), max_length=200, required=False)

    def __init__(self, *args: Any, by: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if by.partner.is_distributor:
            self.fields["reseller_id"].choices = resellers_of(by)  # type: ignore[attr-defined]
        else:  # a reseller settles with its distributor
            del self.fields["reseller_id"]

    def clean_month(self) -> date:
        if (month := read_month(tidy(self.cleaned_data["month"]))) is None:
            raise forms.ValidationError(_("请填写形如 2026-10 的月份。"))
        return month
