"""How django-allauth meets our users: e-mail or phone, no sign-up, no codes by SMS."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import record_authentication
from allauth.core import context
from allauth.core.internal.ratelimit import get_ip
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.usersessions.internal.flows.sessions import end_other_sessions
from django.conf import settings
from django.core.exceptions import ValidationError
from django.forms import Field
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import clock
from core.middleware import client_address

from . import secrets
from .forms import PhoneField
from .gate import has_second_factor, must_have_factor, recently_proved
from .middleware import start_session
from .models import User
from .phones import clean_phone

_WRONG = gettext_lazy("账号或密码不正确。")
_TOO_MANY = gettext_lazy("尝试次数过多，请 5 分钟后再试。")
# allauth tells of a change by naming the mail that it would send.
_EVENTS = {
    "account/email/password_changed": "password.changed",
    "account/email/password_reset": "password.reset",
    "mfa/email/totp_activated": "second_factor.added",
    "mfa/email/totp_deactivated": "second_factor.removed",
    "mfa/email/webauthn_added": "second_factor.added",
    "mfa/email/webauthn_removed": "second_factor.removed",
    "mfa/email/recovery_codes_generated": "recovery_codes.renewed",
}


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _WRONG,
        "phone_password_mismatch": _WRONG,
        "username_password_mismatch": _WRONG,
        "incorrect_code": gettext_lazy("验证码不正确。"),
        "too_many_login_attempts": _TOO_MANY,
        "rate_limited": _TOO_MANY,
    }

    def happened(self, verb: str, user: User | None, **details: Any) -> None:
        """Something about an account happened; the log's side fills this in."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts are made by an administrator."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request) or "0.0.0.0"  # noqa: S104  (a unix socket has none)

    # ---- phone numbers ----

    def phone_form_field(self, **kwargs: Any) -> Field:
        return PhoneField(**kwargs)

    def clean_phone(self, phone: str) -> str:
        if cleaned := clean_phone(phone):
            return cleaned
        raise ValidationError(_("请输入有效的邮箱或中国大陆手机号"))

    def get_user_by_phone(self, phone: str) -> User | None:
        return User.objects.filter(phone=phone).first()

    def get_phone(self, user: Any) -> tuple[str, bool] | None:
        """Numbers are given by an administrator, who has verified them."""
        return (user.phone, True) if user.phone else None

    # ---- signing in and out ----

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Wrong guesses count per account and address: a victim elsewhere still gets in."""
        names = (credentials.get(kind) for kind in ("email", "phone", "username"))
        account = next((name for name in names if name), "")
        return f"{account.lower()}@{get_ip(request)}"

    def login(self, request: HttpRequest, user: Any) -> None:
        super().login(request, user)
        start_session(request)
        self.happened("session.signed_in", user)

    def logout(self, request: HttpRequest) -> None:
        self.happened("session.signed_out", request.user)  # type: ignore[arg-type]
        super().logout(request)

    def get_logout_redirect_url(self, request: HttpRequest) -> str:
        """Each side to its own sign-in."""
        if getattr(request.user, "is_customer", False):
            return reverse("my:sign_in")
        return super().get_logout_redirect_url(request)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        named = {kind: credentials[kind] for kind in ("email", "phone") if credentials.get(kind)}
        self.happened("session.refused", None, **named)

    def reauthenticate(self, user: Any, password: str) -> bool:
        named = {"email": user.email} if user.email else {"phone": user.phone}
        found = self.authenticate(context.request, password=password, **named)
        return found is not None and found.pk == user.pk

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Somebody who signed in a moment ago is not asked again before enrolling a factor."""
        request = context.request
        return not recently_proved(request, has_second_factor(request.user))

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """The second factor proves more than the password: it is asked for where there is one."""
        methods = super().get_reauthentication_methods(user)
        return [m for m in methods if m["id"] != "reauthenticate"] or methods

    # ---- passwords and what changed ----

    def set_password(self, user: Any, password: str) -> None:
        """Called for every password that a person chooses for themselves."""
        user.set_password(password)
        user.must_change_password = False
        user.password_changed_at = clock.now()
        user.save(update_fields=["password", "must_change_password", "password_changed_at"])

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("org:account")

    def send_notification_mail(
        self, template_prefix: str, user: Any, context: Any = None, email: str | None = None
    ) -> None:
        """Runs after each change of a password or factor: note it, end the other sessions,
        and write to the person."""
        verb = _EVENTS[template_prefix]
        self.happened(verb, user)
        if verb == "password.reset" and user.email:
            self._delete_login_attempts_cached_email(self.request, email=user.email)
        elif verb.startswith("second_factor."):
            end_other_sessions(self.request, user)
        if verb == "second_factor.added":  # which proves that the person holds it
            record_authentication(self.request, user, "mfa")
        super().send_notification_mail(template_prefix, user, context, email or user.email)


class MFAAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": gettext_lazy("验证未通过，请重试。"),
        "cannot_delete_authenticator": gettext_lazy(
            "这是您唯一的第二因素。请先添加通行密钥，再停用验证器。"
        ),
    }

    def get_totp_label(self, user: Any) -> str:
        return user.email or user.phone

    def generate_authenticator_name(self, user: Any, type: Authenticator.Type) -> str:
        own = Authenticator.objects.filter(user_id=user.pk, type=type)
        return _("通行密钥 %(n)d") % {"n": own.count() + 1}

    def _get_site_name(self) -> str:
        return settings.MFA_TOTP_ISSUER

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """The last factor stays: the password alone could otherwise enrol another."""
        own = Authenticator.objects.filter(user_id=authenticator.user_id)
        others = own.exclude(pk=authenticator.pk).exclude(type=Authenticator.Type.RECOVERY_CODES)
        return not must_have_factor(authenticator.user) or others.exists()

    def encrypt(self, text: str) -> str:
        return secrets.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return secrets.decrypt(encrypted_text)
