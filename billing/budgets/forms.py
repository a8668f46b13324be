from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from core.formats import money
from customers.freezing.forms import LimitField
from customers.freezing.models import LimitGrant
from customers.freezing.reach import granted
from org.models import Member

from .models import Kind, OnExhaustion
from .services import Wish


class BudgetForm(forms.Form):
    """设置预算. A reseller's offers what its distributor granted; 立即解冻 stands there for who may
    unfreeze (`may_unfreeze`)."""

    kind = forms.ChoiceField(
        label=_l("预算类型"),
        choices=Kind.choices,
        widget=forms.RadioSelect,
        help_text=_l("月度预算每月 1 日 0:00 重新计算；一次性预算从设置之日起累计，不恢复。"),
    )
    amount = LimitField(label=_l("预算金额（元）"), error_messages={"required": _l("请填写金额。")})
    on_exhaustion = forms.ChoiceField(
        label=_l("预算用尽时"),
        choices=OnExhaustion.choices,
        widget=forms.RadioSelect,
        initial=OnExhaustion.MANUAL,
        help_text=_l("使用达到 75%、90% 和 100% 时，主账号、客户经理和预算提醒接收人会收到提醒。"),
    )
    unfreeze = forms.BooleanField(
        label=_l("立即解冻"), required=False, help_text=_l("账号已冻结时，设置预算后随即解冻。")
    )

    def __init__(self, data: Any = None, *, by: Member, may_unfreeze: bool, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        if not may_unfreeze:
            del self.fields["unfreeze"]
        if by.partner.is_reseller:
            self._narrow(granted(by))

    def _narrow(self, grant: LimitGrant | None) -> None:
        field: Any = self.fields["kind"]
        kinds = grant.kinds if grant else []
        field.choices = [each for each in Kind.choices if each[0] in kinds]
        ceilings = [
            _("%(kind)s上限 %(most)s 元") % {"kind": label, "most": money(most)}
            for code, label in field.choices
            if grant and (most := grant.most(code)) is not None
        ]
        self.fields["amount"].help_text = _("；").join(ceilings)

    def wish(self) -> Wish:
        said = self.cleaned_data
        return Wish(
            said["kind"], said["amount"], said["on_exhaustion"], said.get("unfreeze", False)
        )


class RecipientsForm(forms.Form):
    """预算提醒接收人, out of who may be chosen."""

    members = forms.TypedMultipleChoiceField(
        label=_l("接收人"),
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_l("主账号和客户经理总会收到提醒，无需选择。"),
    )

    def __init__(self, data: Any = None, *, choices: Sequence[Member], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        field: Any = self.fields["members"]
        field.choices = [
            (each.pk, _("%(name)s（%(roles)s）") % {"name": each, "roles": _roles(each)})
            for each in choices
        ]


def _roles(member: Member) -> str:
    return _("、").join(member.role_labels())
