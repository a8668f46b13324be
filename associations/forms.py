from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers.models import Customer
from customers.rules import may_bring_in
from org.models import Member

from . import rules

_REFERRAL_HELP = _("顾问销售：消费由客户支付，或由伙伴代支付，其余由客户自行管理。")
_HELP = {
    "resale": _("代售：伙伴可以拨款和回收，客户使用伙伴的拨款消费，发票由伙伴开具。"),
    "postpaid": _("转售：消费计入伙伴的月度账单，伙伴以预算和冻结控制；关联后账号先冻结。"),
}
_FROZEN = _("贵公司已被厂商冻结，暂不能发展转售客户。")


def _type_field() -> forms.ChoiceField:
    return forms.ChoiceField(
        label=_("关联类型"), choices=Customer.Association.choices, widget=forms.RadioSelect
    )


class _Invite(forms.Form):
    """Of the types that the inviting partner may bring in, its own model's first."""

    def __init__(self, *args: Any, by: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["association_type"]
        model, is_frozen = by.partner.sales_model, by.partner.is_frozen
        types = may_bring_in(model, is_frozen=is_frozen)
        field.choices = [(code, Customer.Association(code).label) for code in types]
        field.initial = types[-1]
        field.help_text = f"{_REFERRAL_HELP}{_FROZEN if is_frozen else _HELP[model]}"

    label = forms.CharField(
        label=_("自定义标签"),
        max_length=rules.LABEL_LONGEST,
        required=False,
        help_text=_("客户关联后带有此标签，客户本人看不到。"),
    )


class MailForm(_Invite):
    name = forms.CharField(label=_("客户名称"), max_length=128)
    email = forms.EmailField(label=_("客户邮箱"))
    association_type = _type_field()
    field_order = ("name", "email", "association_type", "label")


class LinkForm(_Invite):
    association_type = _type_field()
    days = forms.TypedChoiceField(
        label=_("有效期"),
        choices=[("", _("长期有效")), ("7", _("7 天")), ("30", _("30 天")), ("90", _("90 天"))],
        coerce=int,
        empty_value=None,
        required=False,
    )
    field_order = ("association_type", "days", "label")


class ReasonForm(forms.Form):
    """Why: required where somebody else's consent is asked for, or refused."""

    reason = forms.CharField(
        label=_("原因"),
        max_length=rules.REASON_LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    understood = forms.BooleanField(label=_("我已了解以上影响和注意事项"))


class AnswerForm(forms.Form):
    """同意 or 拒绝; a refusal says why, consent confirms that the effects were read."""

    AGREE, REJECT = "agree", "reject"

    verdict = forms.ChoiceField(choices=[(AGREE, ""), (REJECT, "")])
    understood = forms.BooleanField(label=_("我已了解以上影响和注意事项"), required=False)
    comment = forms.CharField(
        label=pgettext_lazy("处理", "意见"),
        max_length=rules.REASON_LONGEST,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("拒绝时必须填写原因，对方可以看到。"),
    )

    def clean(self) -> dict[str, object]:
        data = super().clean() or {}
        if data.get("verdict") == self.AGREE and not data.get("understood"):
            self.add_error("understood", _("请先确认已了解影响"))
        if data.get("verdict") == self.REJECT and not data.get("comment"):
            self.add_error("comment", _("请填写拒绝的原因"))
        return data

    @property
    def agrees(self) -> bool:
        return self.cleaned_data["verdict"] == self.AGREE


class RegisterForm(forms.Form):
    """注册云账号; the address was proved by the letter that led here."""

    company = forms.CharField(
        label=_("客户名称"),
        max_length=128,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    name = forms.CharField(
        label=_("您的姓名"), max_length=64, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    password = forms.CharField(
        label=_("设置密码"),
        max_length=128,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("至少 12 个字符，不能是常见密码。"),
    )
    terms = forms.BooleanField(label=_("我已阅读并同意服务条款和隐私政策"))


class LetterForm(forms.Form):
    email = forms.EmailField(
        label=_("邮箱"), widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )
