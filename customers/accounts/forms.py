"""What is sent to the pages of an account's users."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

LOOKS, HANDLES = "looks", "handles"
_RIGHTS = (
    (LOOKS, _("只能查看：伙伴、发票、授权和操作记录")),
    (HANDLES, _("可以处理：另外可以接受邀请、答复申请、同意和撤销授权、申请解除关联")),
)


class CodeForm(forms.Form):
    """What changes who may act asks for the code sent by e-mail, of who has no second factor."""

    def __init__(self, *args: Any, needs_code: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if needs_code:
            self.fields["code"] = forms.CharField(
                label=_("邮箱验证码"),
                max_length=6,
                widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "one-time-code"}),
            )


class RightsForm(CodeForm):
    rights = forms.ChoiceField(label=_("权限"), choices=_RIGHTS, widget=forms.RadioSelect)

    @property
    def may_handle(self) -> bool:
        return bool(self.cleaned_data["rights"] == HANDLES)


class InviteForm(RightsForm):
    name = forms.CharField(label=_("姓名"), max_length=64)
    email = forms.EmailField(label=_("邮箱"), max_length=254)
    field_order = ("name", "email", "rights", "code")


class JoinForm(forms.Form):
    """注册并加入; the address was proved by the letter that led here."""

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
