"""Acts on the users of cloud accounts, and telling them. The vendor's side writes these rows."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from secrets import randbelow
from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from activity.letters import link_to
from activity.services import Actor, mail_accounts, record
from core.keeping import forget_made_before
from core.refusals import Refused
from org.models import User
from org.services import check_contact

from ..models import CloudAccount
from .models import AccountNotice, AccountUser
from .texts import told

_MAIL_GOOD_FOR = timedelta(days=7)


@transaction.atomic
def register_account(
    *, company: str, name: str, email: str, password: str, on: date, at: datetime
) -> AccountUser:
    """注册: a cloud account of one's own, and the person who opened it as its main user.

    The address is proved by whoever calls. Raises Refused.
    """
    company, name = " ".join(company.split()), " ".join(name.split())
    if not (company and name):
        raise Refused(_("请填写客户名称和姓名。"))
    address, _number = check_contact(email, "")
    check_password(password, User(name=name, email=address))
    account = CloudAccount.objects.create(number=_new_number(on), name=company, registered_on=on)
    user = User.objects.create_user(
        address, password, name=name, is_customer=True, password_changed_at=at
    )
    place = AccountUser.objects.create(
        cloud_account=account, user=user, is_main=True, created_at=at
    )
    record("account.registered", account, by=user, at=at, after={"number": account.number})
    return place


def check_password(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Refused(" ".join(error.messages)) from error


def _new_number(on: date) -> str:
    return f"my{on:%y%m%d}{randbelow(10**10):010d}"


@transaction.atomic
def add_account_user(account: CloudAccount, user: User, *, by: Actor, at: datetime) -> AccountUser:
    """添加客户用户: the first becomes the main user. Raises Refused."""
    CloudAccount.objects.select_for_update(no_key=True).get(pk=account.pk)
    if not user.is_customer:
        raise Refused(_("该用户属于伙伴或厂商，不能成为客户用户。"))
    places = AccountUser.objects.filter(cloud_account=account)
    if places.filter(user=user).exists():
        raise Refused(_("该用户已是此云账号的用户。"))
    is_main = not places.filter(is_main=True).exists()
    place = AccountUser.objects.create(
        cloud_account=account, user=user, is_main=is_main, created_at=at
    )
    after = {"name": user.name, "number": account.number, "main": is_main}
    record("account_user.added", place, by=by, at=at, after=after)
    return place


@transaction.atomic
def switch_account_user(place: AccountUser, *, active: bool, by: Actor, at: datetime) -> None:
    """停用 or 启用 a person's place at an account; it binds from his next request on."""
    place = AccountUser.objects.lock(place.pk)
    if place.is_active == active:
        raise Refused(_("该用户已启用。") if active else _("该用户已停用。"))
    if place.is_main and not active:
        raise Refused(_("主用户不能停用，请先把主用户转给他人。"))
    place.is_active = active
    place.save(update_fields=["is_active"])
    record(
        "account_user.changed",
        place,
        by=by,
        at=at,
        before={"is_active": not active},
        after={"is_active": active},
    )


@transaction.atomic
def make_main_user(place: AccountUser, *, by: Actor, at: datetime) -> None:
    """设为主用户: from now on this person decides for the account."""
    CloudAccount.objects.select_for_update(no_key=True).get(pk=place.cloud_account_id)
    place = AccountUser.objects.lock(place.pk)
    if place.is_main or not place.is_active:
        raise Refused(_("只有启用中的其他用户可以设为主用户。"))
    AccountUser.objects.filter(cloud_account=place.cloud_account_id, is_main=True).update(
        is_main=False
    )
    place.is_main = True
    place.save(update_fields=["is_main"])
    record("account_user.changed", place, by=by, at=at, after={"main": True})


@transaction.atomic
def set_facts(
    account: CloudAccount,
    *,
    facts: list[str],
    registered_on: date | None,
    by: Actor,
    at: datetime,
) -> None:
    """What the vendor says of an account from now on; what is as it was leaves no trace."""
    account = CloudAccount.objects.select_for_update(no_key=True).get(pk=account.pk)
    before = {"facts": sorted(account.facts), "registered_on": str(account.registered_on or "")}
    after = {"facts": sorted(facts), "registered_on": str(registered_on or "")}
    if before == after:
        raise Refused(_("没有需要保存的修改。"))
    account.facts, account.registered_on = sorted(facts), registered_on
    account.save(update_fields=["facts", "registered_on"])
    record("account.facts_changed", account, by=by, at=at, before=before, after=after)


# ---- telling ----


def forget_old_account_notices(*, at: datetime) -> int:
    """清理客户消息 past NOTICE_RETENTION_DAYS. How many went."""
    moment = at - timedelta(days=settings.NOTICE_RETENTION_DAYS)
    return forget_made_before(moment, AccountNotice.objects.all())


def tell_account(account_id: int, kind: str, *, key: str, at: datetime, **params: Any) -> None:
    """Tell the users of a cloud account something once: in 消息, and each by e-mail."""
    tell_accounts([(account_id, key, params)], kind, at=at)


def tell_accounts(
    facts: Sequence[tuple[int, str, Mapping[str, Any]]], kind: str, *, at: datetime
) -> None:
    """The same for many: account, key and words of each, in two statements."""
    told_now = json.dumps(
        [{"account": account, "key": key, "params": params} for account, key, params in facts],
        cls=DjangoJSONEncoder,
    )
    with connection.cursor() as cursor:
        cursor.execute(_TELL, {"kind": kind, "at": at, "facts": told_now})
        letters = cursor.fetchall()
    if not letters:
        return
    with translation.override(settings.LANGUAGE_CODE):
        mail_accounts(
            [(address, *_letter(kind, json.loads(params))) for address, params in letters],
            at=at,
            good_for=_MAIL_GOOD_FOR,
        )


# What is told for the first time, and to which addresses it goes by e-mail.
_TELL = """
WITH told AS (
    INSERT INTO customers_accountnotice (cloud_account_id, kind, key, params, created_at)
    SELECT f.account, %(kind)s, f.key, f.params, %(at)s
    FROM jsonb_to_recordset(%(facts)s::jsonb) AS f (account bigint, key text, params jsonb)
    ON CONFLICT (cloud_account_id, key) DO NOTHING
    RETURNING id, cloud_account_id, params
)
SELECT u.email, told.params::text FROM told
JOIN customers_accountuser p ON p.cloud_account_id = told.cloud_account_id AND p.is_active
JOIN org_user u ON u.id = p.user_id AND u.is_active
WHERE u.email <> '' ORDER BY told.id, p.id
"""


def _letter(kind: str, params: Mapping[str, Any]) -> tuple[str, str]:
    said = told(kind, params)
    return said.title, "\n".join(part for part in (said.body, link_to(said.url)) if part)
