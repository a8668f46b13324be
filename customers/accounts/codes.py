"""A code by e-mail, for who decides for an account and has no second factor."""

from datetime import datetime, timedelta
from secrets import randbelow

from django.core.cache import cache
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from activity.services import mail_account
from core import tenancy
from core.refusals import Refused
from org.models import User

LIFE = timedelta(minutes=10)
RESEND_AFTER = 60  # seconds
TRIES = 5


def send_code(user: User, *, at: datetime) -> None:
    """A new code takes the place of the last one. Raises Refused."""
    if not user.email:
        raise Refused(_("您的账号没有邮箱，请先在“两步验证”中添加验证器。"))
    if not cache.add(f"code-sent:{user.pk}", True, RESEND_AFTER):
        raise Refused(_("验证码已发送，请在一分钟后重新获取。"))
    code = f"{randbelow(10**6):06d}"
    cache.set(_key(user), _digest(user, code), LIFE.total_seconds())
    cache.set(_tries(user), 0, LIFE.total_seconds())
    body = _("验证码：%(code)s。10 分钟内有效，请勿告诉他人。") % {"code": code}
    with tenancy.vendor():  # mail about an account belongs to no side
        mail_account(user.email, _("您的验证码"), body, at=at, good_for=LIFE)


def check_code(user: User, code: str) -> None:
    """Right once; five wrong ones end it. Raises Refused."""
    known = cache.get(_key(user))
    if not known:
        raise Refused(_("验证码已失效，请重新获取。"))
    if not constant_time_compare(known, _digest(user, code.strip())):
        if cache.incr(_tries(user)) >= TRIES:
            cache.delete(_key(user))
        raise Refused(_("验证码不正确。"))
    if not cache.delete(_key(user)):  # somebody else used it in this moment
        raise Refused(_("验证码已失效，请重新获取。"))


def _key(user: User) -> str:
    return f"code:{user.pk}"


def _tries(user: User) -> str:
    return f"code-tries:{user.pk}"


def _digest(user: User, code: str) -> str:
    return salted_hmac("customers.accounts.codes", f"{user.pk}:{code}").hexdigest()
