from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from . import rules
from .models import Authorization
from .scopes import Scope


def _scopes(choices: list[tuple[str, Any]]) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=_("授权范围"),
        choices=choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("只选需要的权限；“查看”始终包含在内。"),
    )


def _days(most: int | None = None) -> forms.IntegerField:
    return forms.IntegerField(
        label=_("授权天数"), required=False, min_value=1, max_value=most or rules.LONGEST
    )


def _reason() -> forms.CharField:
    return forms.CharField(
        label=_("原因"),
        max_length=rules.REASON_LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class AskForm(forms.Form):
    """What is asked for; the letter is ticked the first time."""

    scopes = _scopes(Scope.choices)
    days = _days()
    note = forms.CharField(
        label=_("申请说明"),
        max_length=rules.REASON_LONGEST,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("客户处理申请时可以看到。"),
    )
    signs = forms.BooleanField(label=_("我已阅读并同意代客操作承诺书"), required=False)

    def __init__(self, *args: Any, needs_letter: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scopes"].initial = list(rules.BUNDLE)
        self.fields["days"].help_text = _("1 至 365 天，从客户同意之日起算；留空为长期有效。")
        if not needs_letter:
            del self.fields["signs"]


class ExtendForm(forms.Form):
    """How long the extension of many is to last."""

    days = forms.IntegerField(
        label=_("授权天数"), min_value=1, max_value=rules.LONGEST, initial=rules.LONGEST
    )


class CodeForm(forms.Form):
    """A code by e-mail where the person has no second factor; who has one gave it on the way."""

    code = forms.CharField(
        label=_("验证码"),
        max_length=6,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )

    def __init__(self, *args: Any, needs_code: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not needs_code:
            del self.fields["code"]


class GrantForm(CodeForm):
    """同意: no more than was asked for."""

    def __init__(self, *args: Any, authorization: Authorization, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = [(s, Scope(s).label) for s in authorization.scopes]
        self.fields["scopes"] = _scopes(labels)
        self.fields["scopes"].initial = list(authorization.scopes)
        days = _days(authorization.days)
        days.initial = authorization.days
        days.required = authorization.days is not None
        days.help_text = _("不超过申请的期限。") if days.required else _("留空为长期有效。")
        self.fields["days"] = days
        self.fields["agreed"] = forms.BooleanField(label=_("我已阅读并同意最终用户授权书"))
        self.order_fields(["scopes", "days", "agreed", "code"])


class RefuseForm(forms.Form):
    reason = _reason()


class RevokeForm(CodeForm):
    reason = _reason()
    field_order = ("reason", "code")


class GiveForm(forms.Form):
    signs = forms.BooleanField(label=_("我已阅读并同意总经销商代客操作承诺书"))

    def __init__(self, *args: Any, needs_letter: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not needs_letter:
            del self.fields["signs"]
