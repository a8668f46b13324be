from django import forms
from django.utils.translation import gettext_lazy as _

from .paying import LONGEST_REASON


class RefuseForm(forms.Form):
    """驳回原因, for one order or many."""

    reason = forms.CharField(
        label=_("驳回原因"),
        max_length=LONGEST_REASON,
        help_text=_("客户会看到此原因，之后可以自行支付。"),
        widget=forms.Textarea({"rows": 3}),
    )


class PayForm(forms.Form):
    """Carries the amount that was shown: the service compares it with what the order costs."""

    shown = forms.DecimalField(label="", max_digits=18, decimal_places=2, widget=forms.HiddenInput)
