from django import forms
from django.utils.translation import gettext_lazy as _

from .rules import MONTHS


class RenewForm(forms.Form):
    months = forms.TypedChoiceField(
        label=_("续费时长（月）"), choices=[(n, str(n)) for n in MONTHS], coerce=int
    )


class ConfirmForm(forms.Form):
    understood = forms.BooleanField(label=_("我确认对该资源执行此操作"))
