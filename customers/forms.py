from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from org.models import Member

from . import services


class ManagerField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return obj.user.name


class AssignForm(forms.Form):
    manager = ManagerField(
        label=_("客户经理"),
        queryset=Member.objects.none(),
        required=False,
        empty_label=_("不分配（由主账号负责）"),
    )

    def __init__(self, *args: Any, by: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["manager"].queryset = services.assignable_managers(by)  # type: ignore
