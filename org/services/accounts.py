"""Acts on people's accounts: who exists, how they sign in (security.md §3.2)."""

from datetime import datetime
from importlib import import_module
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from activity.services import Actor, notify, record, tell_address
from core.refusals import InvalidTransition, Refused
from org.models import Member, User, VendorRole
from org.phones import clean_phone
from org.rules import temporary_password

from .locks import lock_user


@transaction.atomic
def create_user(
    *, name: str, email: str = "", phone: str = "", by: Actor, at: datetime
) -> tuple[User, str]:
    """创建用户: the person and a temporary password, which is shown once and stored nowhere."""
    return _create(name=name, email=email, phone=phone, vendor_role="", by=by, at=at)


@transaction.atomic
def create_customer_user(
    *, name: str, email: str = "", phone: str = "", by: Actor, at: datetime
) -> tuple[User, str]:
    """创建客户侧用户: who signs in for cloud accounts, and the temporary password."""
    return _create(
        name=name, email=email, phone=phone, vendor_role="", is_customer=True, by=by, at=at
    )


@transaction.atomic
def create_vendor_user(
    *, name: str, role: str, email: str = "", phone: str = "", by: Actor, at: datetime
) -> tuple[User, str]:
    """创建厂商用户 with one vendor role, and the temporary password."""
    if role not in VendorRole.values:
        raise Refused(_("没有这个厂商角色：%(role)s。") % {"role": role})
    return _create(name=name, email=email, phone=phone, vendor_role=role, by=by, at=at)


def _create(
    *,
    name: str,
    email: str,
    phone: str,
    vendor_role: str,
    is_customer: bool = False,
    by: Actor,
    at: datetime,
) -> tuple[User, str]:
    name = " ".join(name.split())
    if not name or len(name) > 64:
        raise Refused(_("请填写姓名，最多 64 个字符。"))
    address, number = check_contact(email, phone)
    password = temporary_password()
    user = User.objects.create_user(
        address,
        password,
        name=name,
        phone=number,
        vendor_role=vendor_role,
        is_customer=is_customer,
        must_change_password=True,
        password_changed_at=at,
    )
    after = {"name": name, "email": address or "", "phone": number or ""}
    if vendor_role:
        after["vendor_role"] = vendor_role
    verb = "vendor_user.created" if vendor_role else "user.created"
    record(verb, user, by=by, at=at, after=after)
    return user, password


def check_contact(email: str, phone: str) -> tuple[str | None, str | None]:
    """What a new person signs in with, in one spelling. Raises Refused where it is taken."""
    address, number = _contact(email, phone)
    if not (address or number):
        raise Refused(_("邮箱和手机号至少填写一项。"))
    _refuse_taken(address, number)
    return address, number


@transaction.atomic
def change_contact(
    user: User, *, email: str = "", phone: str = "", by: Actor, at: datetime
) -> User:
    """更正联系方式: what the person signs in with. Empty leaves it as it is.

    The person is told, at the former address as well: whoever took the account over reads the
    new one.
    """
    user = lock_user(user)
    address, number = _contact(email, phone)
    address, number = address or user.email, number or user.phone
    if (address, number) == (user.email, user.phone):
        raise Refused(_("没有需要保存的修改。"))
    _refuse_taken(address, number, besides=user)
    before = {"email": user.email or "", "phone": user.phone or ""}
    user.email, user.phone = address, number
    user.save(update_fields=["email", "phone"])
    after = {"email": user.email or "", "phone": user.phone or ""}
    _record("user.contact_changed", user, by=by, at=at, before=before, after=after)
    _tell(user, "user.contact_changed", at=at, formerly=before["email"])
    return user


@transaction.atomic
def reveal_contact(user: User, *, by: Actor, at: datetime) -> None:
    """查看完整联系方式: before contacts are shown unmasked, it is written down who looked."""
    _record("user.revealed", user, by=by, at=at, after={"columns": ["email", "phone"]})


@transaction.atomic
def give_temporary_password(user: User, *, by: Actor, at: datetime) -> str:
    """发放临时密码: a generated one, to be changed at the next sign-in. Ends all sessions.

    An administrator starts a reset and never chooses a password (ASVS 6.4.6).
    """
    user = lock_user(user)
    if not user.is_active:
        raise Refused(_("该用户已停用，请先启用。"))
    password = temporary_password()
    user.set_password(password)
    user.must_change_password, user.password_changed_at = True, at
    user.save(update_fields=["password", "must_change_password", "password_changed_at"])
    end_sessions(user)
    _record("user.password_given", user, by=by, at=at)
    _tell(user, "user.password_given", at=at)
    return password


@transaction.atomic
def reset_second_factor(user: User, *, by: Actor, at: datetime) -> int:
    """重置双因素: app, passkeys and recovery codes are removed, all sessions end, he is told.

    Returns how many were removed.
    """
    user = lock_user(user)
    own = Authenticator.objects.filter(user=user)
    kinds = sorted(own.values_list("type", flat=True))
    if not kinds:
        raise Refused(_("该用户没有设置双因素认证。"))
    own.delete()
    end_sessions(user)
    _record("user.second_factor_reset", user, by=by, at=at, before={"factors": kinds})
    _tell(user, "user.second_factor_reset", at=at)
    return len(kinds)


@transaction.atomic
def deactivate_user(user: User, *, by: Actor, at: datetime) -> User:
    """停用用户 everywhere, at once. Refused for a main account and for oneself."""
    user = lock_user(user)
    if isinstance(by, User) and by.pk == user.pk:
        raise Refused(_("不能停用自己的账号。"))
    if not user.is_active:
        raise InvalidTransition(_("该用户已停用。"))
    if main := Member.objects.main_accounts().filter(user=user).select_related("partner").first():
        raise Refused(
            _("该用户是 %(partner)s 的主账号，请先转移主账号。") % {"partner": main.partner}
        )
    return _switch(user, False, "user.deactivated", by=by, at=at)


@transaction.atomic
def reactivate_user(user: User, *, by: Actor, at: datetime) -> User:
    """启用用户."""
    user = lock_user(user)
    if user.is_active:
        raise InvalidTransition(_("该用户已启用。"))
    return _switch(user, True, "user.reactivated", by=by, at=at)


def _switch(user: User, active: bool, verb: str, *, by: Actor, at: datetime) -> User:
    user.is_active = active
    user.save(update_fields=["is_active"])
    if not active:
        end_sessions(user)
    before, after = {"is_active": not active}, {"is_active": active}
    _record(verb, user, by=by, at=at, before=before, after=after)
    return user


def end_sessions(user: User) -> None:
    """Sign the person out everywhere. The rows go with the transaction, the cache after it:

    a request that came between would otherwise put the session back into the cache.
    """
    own = UserSession.objects.filter(user=user)
    keys = list(own.values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    own.delete()
    transaction.on_commit(lambda: _forget_cached(keys))


def _forget_cached(keys: list[str]) -> None:
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    for key in keys:
        store.delete(key)


def find_user(contact: str) -> User | None:
    """The person with this e-mail or phone, however it was typed."""
    if "@" in contact:
        return _with_email(contact.strip()).first()
    phone = clean_phone(contact)
    return User.objects.filter(phone=phone).first() if phone else None


def _with_email(email: str) -> QuerySet[User]:
    """By the unique index, which is over lower(email)."""
    return User.objects.alias(address=Lower("email")).filter(address=email.lower())


def _contact(email: str, phone: str) -> tuple[str | None, str | None]:
    address, number = email.strip().lower() or None, phone.strip() or None
    if address:
        try:
            validate_email(address)
        except ValidationError as error:
            raise Refused(_("邮箱格式不正确：%(email)s。") % {"email": email}) from error
    if number:
        cleaned = clean_phone(number)
        if cleaned is None:
            raise Refused(_("请填写中国大陆手机号：%(phone)s。") % {"phone": phone})
        number = cleaned
    return address, number


def _refuse_taken(email: str | None, phone: str | None, *, besides: User | None = None) -> None:
    own = besides.pk if besides else 0
    if email and _with_email(email).exclude(pk=own).exists():
        raise Refused(_("该邮箱已被使用。"))
    if phone and User.objects.filter(phone=phone).exclude(pk=own).exists():
        raise Refused(_("该手机号已被使用。"))


def _record(verb: str, user: User, *, by: Actor, at: datetime, **details: Any) -> None:
    """In the log of the person's partner; in the vendor's own if he has none, or several."""
    homes = list(Member.objects.filter(user=user).values_list("partner_id", flat=True)[:2])
    home = homes[0] if len(homes) == 1 else None
    record(verb, user, by=by, at=at, partner_id=home, **details)


def _tell(user: User, kind: str, *, at: datetime, formerly: str = "") -> None:
    """In each partner that the person works for, and by e-mail once to each address.

    Who works for none, as the vendor's own staff, has the e-mail only.
    """
    memberships = list(Member.objects.filter(user=user, is_active=True).order_by("pk"))
    key = f"{kind}:{at.isoformat()}"
    notify(memberships[:1], kind, key=key, at=at, mail=bool(user.email))
    notify(memberships[1:], kind, key=key, at=at, mail=False)
    told_there = user.email if memberships else ""
    for address in {user.email or "", formerly} - {told_there, ""}:
        tell_address(address, kind, at=at)
