"""How django-allauth meets our users: e-mail or phone, no sign-up, no codes by SMS."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from core.middleware import client_address

from .models import User
from .phones import clean_phone


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts are made by an administrator."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request) or "0.0.0.0"  # noqa: S104  (a unix socket has none)

    def clean_phone(self, phone: str) -> str:
        if cleaned := clean_phone(phone):
            return cleaned
        raise ValidationError(_("请输入有效的邮箱或中国大陆手机号"))

    def get_user_by_phone(self, phone: str) -> User | None:
        return User.objects.filter(phone=phone).first()

    def get_phone(self, user: Any) -> tuple[str, bool] | None:
        return (user.phone, True) if user.phone else None

    def set_phone(self, user: Any, phone: str, verified: bool) -> None:
        user.phone = phone
        user.save(update_fields=["phone"])

    def set_phone_verified(self, user: Any, phone: str) -> None:
        """Numbers are given by an administrator, who has verified them."""

    def send_verification_code_sms(self, user: Any, phone: str, code: str, **kwargs: Any) -> None:
        raise NotImplementedError("No SMS gateway is configured; codes go by e-mail.")

    def send_unknown_account_sms(self, phone: str, **kwargs: Any) -> None:
        """Nobody is told whether a number has an account."""

    def set_password(self, user: Any, password: str) -> None:
        """Called for every password that a person chooses for themselves."""
        user.set_password(password)
        user.must_change_password = False
        user.password_changed_at = timezone.now()
        user.save(update_fields=["password", "must_change_password", "password_changed_at"])


class MFAAdapter(DefaultMFAAdapter):
    def get_totp_label(self, user: Any) -> str:
        return user.email or user.phone

    def encrypt(self, text: str) -> str:
        from .secrets import encrypt

        return encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        from .secrets import decrypt

        return decrypt(encrypted_text)
