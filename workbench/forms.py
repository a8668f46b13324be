from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from .rules import MOST_PINNED_COLUMNS, NAME_LENGTH


class PreferForm(forms.Form):
    is_pinned = forms.BooleanField(required=False)
    is_default = forms.BooleanField(required=False)


class ViewForm(PreferForm):
    name = forms.CharField(label=_("名称"), max_length=4 * NAME_LENGTH)  # tidied, then measured
    is_shared = forms.BooleanField(required=False)


class ColumnsForm(forms.Form):
    """Which of the movable columns are shown, and in which order; `up` and `down` move one."""

    order = forms.MultipleChoiceField()
    shown = forms.MultipleChoiceField(required=False)
    up = forms.ChoiceField(required=False)
    down = forms.ChoiceField(required=False)
    pinned = forms.IntegerField(min_value=1, max_value=MOST_PINNED_COLUMNS)

    def __init__(self, *args: Any, keys: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("order", "shown", "up", "down"):
            self.fields[name].choices = [(key, key) for key in keys]  # type: ignore

    @property
    def hidden(self) -> list[str]:
        shown = set(self.cleaned_data["shown"])
        return [key for key in self.arranged if key not in shown]

    @property
    def arranged(self) -> list[str]:
        keys = list(dict.fromkeys(self.cleaned_data["order"]))
        for name, step in (("up", -1), ("down", 1)):
            if (key := self.cleaned_data[name]) in keys:
                at = keys.index(key)
                keys.insert(max(at + step, 0), keys.pop(at))
        return keys
