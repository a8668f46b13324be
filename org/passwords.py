"""Password rules beyond Django's, and when one must be changed (security.md §1.3)."""

import re
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from django.conf import settings
from django.contrib.auth import password_validation as django_rules
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

TEMPORARY_DAYS = 7
_KINDS = (r"[a-z]", r"[A-Z]", r"\d", r"[^A-Za-z\d]")


class NotAboutThePersonValidator(django_rules.UserAttributeSimilarityValidator):
    """Django's rules call their reader 你, and half of their refusals are in English."""

    def get_help_text(self) -> str:
        return _("密码不能与您的姓名、邮箱或手机号相似。")

    get_error_message = get_help_text


class LongEnoughValidator(django_rules.MinimumLengthValidator):
    def get_help_text(self) -> str:
        return _("密码至少 %(n)d 个字符。") % {"n": self.min_length}

    get_error_message = get_help_text


class NotCommonValidator(django_rules.CommonPasswordValidator):
    def get_help_text(self) -> str:
        return _("密码不能是常见密码。")

    get_error_message = get_help_text


class ThreeKindsValidator:
    """等保三级: at least three of lower case, upper case, digits and other characters."""

    def validate(self, password: str, user: Any = None) -> None:
        if sum(bool(re.search(kind, password)) for kind in _KINDS) < 3:
            raise ValidationError(self.get_help_text(), code="password_too_simple")

    def get_help_text(self) -> str:
        return _("密码须包含大写字母、小写字母、数字、其他字符中的至少三种。")


class NotPredictableValidator:
    """Refuses one short piece repeated (`abcabcabcabc`) and runs (`123456789012`)."""

    def validate(self, password: str, user: Any = None) -> None:
        steps = [ord(b) - ord(a) for a, b in pairwise(password)]
        runs = sum(step in (-1, 0, 1) for step in steps)
        if re.fullmatch(r"(.{1,4})\1+.{0,3}", password) or runs > len(steps) * 0.8:
            raise ValidationError(self.get_help_text(), code="password_predictable")

    def get_help_text(self) -> str:
        return _("密码不能是重复或连续的字符。")


class NotTheCurrentValidator:
    """A change must change: the password that an administrator gave is not chosen again."""

    def validate(self, password: str, user: Any = None) -> None:
        if user and user.pk and user.check_password(password):
            raise ValidationError(_("新密码不能与当前密码相同。"), code="password_unchanged")

    def get_help_text(self) -> str:
        return _("新密码不能与当前密码相同。")


def must_change_password(user: Any, *, at: datetime) -> bool:
    """An administrator chose the password, or the profile's age limit has passed at `at`."""
    if user.must_change_password:
        return True
    days = settings.PASSWORD_MAX_AGE_DAYS
    if not days:
        return False
    since = user.password_changed_at or user.created_at
    return at - since > timedelta(days=days)


def has_expired(user: Any, *, at: datetime) -> bool:
    """Whether an administrator chose the password, too long ago to sign in with it at `at`."""
    since = user.password_changed_at or user.created_at
    return user.must_change_password and at - since > timedelta(days=TEMPORARY_DAYS)
