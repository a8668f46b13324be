"""The forms of signing in, where they differ from allauth's."""

import unicodedata
from typing import Any

from allauth.account import forms as account
from allauth.account.adapter import get_adapter
from allauth.core import context, ratelimit
from allauth.mfa.base import forms as base
from allauth.mfa.webauthn import forms as webauthn
from django import forms
from django.utils.translation import gettext_lazy as _

from core import clock

from .passwords import TEMPORARY_DAYS, has_expired
from .phones import clean_phone


class PhoneField(forms.CharField):
    """A mainland mobile number, cleaned to eleven digits."""

    def clean(self, value: Any) -> str:
        return get_adapter().clean_phone(super().clean(value))


class LoginForm(account.LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("账号")
        self.fields["login"].max_length = 254
        self.fields["login"].widget.attrs |= {
            "placeholder": _("邮箱或手机号"),
            "autocomplete": "username",
            "autofocus": True,
        }
        self.fields["password"].help_text = ""

    def clean_login(self) -> str:
        """One spelling per account, so that its limit counts every spelling."""
        login = unicodedata.normalize("NFKC", super().clean_login()).strip()
        return clean_phone(login) or login.lower()

    def _clean_with_password(self, credentials: dict[str, Any]) -> dict[str, Any]:
        """The right password is refused when an administrator gave it too long ago (ASVS 6.4.1)."""
        cleaned = super()._clean_with_password(credentials)
        if has_expired(self.user, at=clock.now()):
            get_adapter().authentication_failed(self.request, **credentials)
            raise forms.ValidationError(
                _("临时密码已过期（%(days)d 天内有效），请联系管理员重新发放。")
                % {"days": TEMPORARY_DAYS}
            )
        return cleaned


class ConfirmPasswordResetCodeForm(account.ConfirmPasswordResetCodeForm):
    """allauth counts wrong codes in the session, which parallel requests all read as zero."""

    def clean_code(self) -> str:
        request = context.request
        if not ratelimit.consume(
            request, action="confirm_reset_code", key=request.session.session_key
        ):
            raise get_adapter().validation_error("too_many_login_attempts")
        return super().clean_code()


class RefusalNoted(base.BaseAuthenticateForm):
    """A wrong code goes into the log, as a wrong password does."""

    def clean_code(self) -> str:
        try:
            return super().clean_code()
        except forms.ValidationError:
            get_adapter().happened("second_factor.refused", self.user)
            raise


class AuthenticateForm(RefusalNoted, base.AuthenticateForm):
    pass


class ReauthenticateForm(RefusalNoted, base.ReauthenticateForm):
    pass


class AddPasskeyForm(webauthn.AddWebAuthnForm):
    name = forms.CharField(label=_("名称"), max_length=50, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = {"passwordless": True} | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        passwordless = self.fields["passwordless"]
        passwordless.label = _("可代替密码直接登录（通行密钥）")
        passwordless.help_text = _("需要设备支持指纹、面容或 PIN。不勾选则只用作第二因素。")


class EditPasskeyForm(webauthn.EditWebAuthnForm):
    name = forms.CharField(label=_("名称"), max_length=50)
