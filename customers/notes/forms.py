from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.lists.filters import tidy
from org.models import Member

from ..models import Customer
from . import rules
from .models import Label


class LabelForm(forms.Form):
    """One label of the partner's."""

    name = forms.CharField(
        label=_("标签名称"),
        max_length=rules.NAME_LONGEST,
        error_messages={"required": _("请填写标签名称，1 至 64 个字。")},
    )
    colour = forms.ChoiceField(label=_("颜色"), choices=Label.Colour.choices)

    def clean_name(self) -> str:
        if not (name := tidy(self.cleaned_data["name"])):
            raise forms.ValidationError(_("请填写标签名称，1 至 64 个字。"))
        return name


class LabelsForm(forms.Form):
    """The labels of one customer; what is on it is checked."""

    labels = forms.MultipleChoiceField(label=_("标签"), required=False)

    def __init__(self, *args: Any, customer: Customer, by: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = list(Label.objects.visible_to(by).marking(customer.pk))
        self.fields["labels"].choices = [(str(k.pk), k.name) for k in self.known]  # type: ignore
        self.fields["labels"].error_messages["invalid_choice"] = _("所选标签已被删除，请重新选择。")

    def clean_labels(self) -> list[Label]:
        wanted = set(self.cleaned_data["labels"])
        if len(wanted) > rules.LABELS_OF_CUSTOMER:
            raise forms.ValidationError(
                _("每个客户最多 %(n)d 个标签。"), params={"n": rules.LABELS_OF_CUSTOMER}
            )
        return [label for label in self.known if str(label.pk) in wanted]

    @property
    def on(self) -> list[Label]:
        return [label for label in self.known if label.is_on]  # type: ignore[attr-defined]

    @property
    def ticked(self) -> set[int]:
        """What the boxes show: what was sent, or what is on the customer."""
        if self.is_bound:
            sent = self["labels"].value() or []
            return {label.pk for label in self.known if str(label.pk) in sent}
        return {label.pk for label in self.on}


class RemarkForm(forms.Form):
    text = forms.CharField(
        label=_("备注"),
        max_length=rules.REMARK_LONGEST,
        required=False,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("最多 255 个字，仅本伙伴成员可见。"),
    )
