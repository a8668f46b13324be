"""How an amount of money is typed, and what an adjustment asks for."""

import re
import unicodedata
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from ledger.models import LARGEST, Account

from .services import Wish

_AMOUNT = re.compile(r"[0-9]{1,10}(\.[0-9]{1,2})?")
# Thousands are apart by commas, as pages write them; anything else may be a mistyped point.
_THOUSANDS = re.compile(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]{1,2})?")


def read_amount(text: str) -> Decimal:
    """`1,000.5` or its full-width form. Raises ValidationError with a sentence."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if _THOUSANDS.fullmatch(plain):
        plain = plain.replace(",", "")
    if not _AMOUNT.fullmatch(plain):
        raise ValidationError(_("请填写金额，最多两位小数，如 1000.00。"))
    if not (amount := Decimal(plain)):
        raise ValidationError(_("金额须大于 0。"))
    return amount.quantize(Decimal("0.01"))


class AmountField(forms.CharField):
    """CNY, above 0, two decimals."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 20)
        kwargs.setdefault("error_messages", {"required": _l("请填写金额。")})
        widget = forms.TextInput({"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(widget=widget, **kwargs)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        return read_amount(text) if text else None


def new_token() -> str:
    return str(uuid4())


class AdjustForm(forms.Form):
    """拨款 or 回收: how much, and which of the partner's accounts is the other side."""

    money = forms.ChoiceField(
        label=_l("账户"),
        choices=[(kind.value, kind.label) for kind in (Account.Kind.CASH, Account.Kind.CREDIT)],
        initial=Account.Kind.CASH,
    )
    amount = AmountField(label=_l("金额（元）"))
    memo = forms.CharField(label=_l("备注"), max_length=255, required=False)

    def wish(self) -> Wish:
        said = self.cleaned_data
        return Wish(said["amount"], said.get("money", Account.Kind.CASH), said["memo"].strip())


class OnceForm(AdjustForm):
    """The same on a page: sent twice, it is done once; and first its effect is shown."""

    token = forms.UUIDField(widget=forms.HiddenInput, initial=new_token)
    step = forms.ChoiceField(
        required=False, choices=[(s, s) for s in ("preview", "confirm")], widget=forms.HiddenInput
    )


class ReclaimForm(OnceForm):
    """Into the 充值账户 alone, so that no credit becomes cash."""

    money = None  # type: ignore[assignment]


class WarningForm(forms.Form):
    threshold = AmountField(label=_l("预警金额（元）"), required=False)


assert len(str(LARGEST)) == 13  # ten digits, a point and two more: what _AMOUNT lets through
