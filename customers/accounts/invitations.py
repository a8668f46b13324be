"""用户邀请: a main user asks colleagues to act for the cloud account, and says what each may do.

Neither side's role writes these rows (sides.py); who may was asked by the view in the customer's
own role, and is asked again here.
"""

from datetime import datetime, timedelta
from typing import Any

from django.core import signing
from django.db import transaction
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext as _

from activity.letters import link_to
from activity.services import mail_account, record
from core.refusals import NotAllowed, Refused
from org.models import User
from org.services import check_contact

from ..models import CloudAccount
from .models import AccountUser, UserInvitation
from .services import add_account_user, check_password, switch_account_user, tell_account
from .sides import between_both_sides

LIFE = timedelta(days=7)
MOST = 50  # users and open invitations of an account: a list of people, and no way to mail a crowd
RESEND_AFTER = timedelta(minutes=1)
_SALT = "customers.accounts.invitation"


# ---- the address ----


def join_address(invitation: UserInvitation) -> str:
    """Whoever holds it reads the mailbox; nothing secret is stored."""
    token = signing.Signer(salt=_SALT).sign(str(invitation.pk))
    return reverse("my:join", args=[token])


@between_both_sides
def find_invitation(token: str, *, at: datetime) -> UserInvitation:
    """By whoever opens the letter. Raises Refused with the reason."""
    try:
        number = int(signing.Signer(salt=_SALT).unsign(token))
    except (signing.BadSignature, ValueError):
        number = 0
    found = UserInvitation.objects.select_related("cloud_account").filter(pk=number).first()
    if found is None:
        raise Refused(_("邀请链接不完整或不存在，请重新复制链接。"))
    _must_be_open(found, at)
    return found


# ---- by the main user ----


@between_both_sides
@transaction.atomic
def invite_user(
    place: AccountUser, *, name: str, email: str, may_handle: bool, at: datetime
) -> UserInvitation:
    """邀请用户: a letter goes to the address. One that was sent before is sent anew. The page says
    the same whether or not the address has an account. Raises NotAllowed, Refused."""
    account = _hold(place)
    email, name = email.strip().lower(), " ".join(name.split())
    if AccountUser.objects.filter(cloud_account=account, user__email__iexact=email).exists():
        raise Refused(_("该邮箱已是此云账号的用户。"))
    mine = UserInvitation.objects.filter(cloud_account=account).open()
    if AccountUser.objects.filter(cloud_account=account).count() + mine.count() >= MOST:
        raise Refused(_("每个云账号最多 %(most)d 名用户（含未接受的邀请）。") % {"most": MOST})
    said = {"name": name, "may_handle": may_handle, "sent_at": at, "expires_at": at + LIFE}
    before = mine.filter(email=email).first()
    if before and at - before.sent_at < RESEND_AFTER:
        raise Refused(_("邀请刚刚发送过，请在一分钟后重试。"))
    invitation, _new = mine.update_or_create(
        email=email, ended_at=None, cloud_account=account, defaults=said
    )
    _mail(invitation, account, by=place.user, at=at)
    after = {"name": name, "email": email, "may_handle": may_handle, "number": account.number}
    record("account_user.invited", invitation, by=place.user, at=at, after=after)
    return invitation


@between_both_sides
@transaction.atomic
def revoke_invitation(invitation: UserInvitation, *, place: AccountUser, at: datetime) -> None:
    account = _hold(place)
    found = UserInvitation.objects.filter(cloud_account=account).open().lock(invitation.pk)
    found.mark_ended(UserInvitation.Ended.REVOKED, at=at)
    after = {"name": found.name, "email": found.email, "number": account.number}
    record("account_user.invitation_revoked", found, by=place.user, at=at, after=after)


@between_both_sides
@transaction.atomic
def set_may_handle(
    subject: AccountUser, *, may_handle: bool, place: AccountUser, at: datetime
) -> None:
    """What a user may do from his next request on: look only, or handle."""
    found = _of(place, subject)
    if found.is_main:
        raise Refused(_("主用户始终可以处理。"))
    if found.may_handle == may_handle:
        raise Refused(_("没有需要保存的修改。"))
    found.may_handle = may_handle
    found.save(update_fields=["may_handle"])
    record(
        "account_user.changed",
        found,
        by=place.user,
        at=at,
        before={"may_handle": not may_handle},
        after={"may_handle": may_handle},
    )
    _tell(found, "account.user_rights", at)


@between_both_sides
@transaction.atomic
def switch_user(subject: AccountUser, *, active: bool, place: AccountUser, at: datetime) -> None:
    """停用 or 启用 a colleague."""
    found = _of(place, subject)
    switch_account_user(found, active=active, by=place.user, at=at)
    _tell(found, "account.user_on" if active else "account.user_off", at)


# ---- by who is invited ----


@between_both_sides
@transaction.atomic
def join(invitation: UserInvitation, *, user: User, at: datetime) -> AccountUser:
    """接受邀请, by the person whose address the letter went to. Raises Refused."""
    if (user.email or "").lower() != invitation.email:
        raise Refused(_("此邀请发给了其他邮箱，请用受邀邮箱的账号登录后加入。"))
    found = UserInvitation.objects.select_for_update(no_key=True).get(pk=invitation.pk)
    _must_be_open(found, at)
    place = add_account_user(found.cloud_account, user, by=user, at=at)
    if found.may_handle and not place.is_main:
        place.may_handle = True
        place.save(update_fields=["may_handle"])
    found.mark_ended(UserInvitation.Ended.JOINED, at=at)
    _tell(place, "account.user_joined", at)
    return place


@between_both_sides
@transaction.atomic
def register_and_join(
    invitation: UserInvitation, *, name: str, password: str, at: datetime
) -> AccountUser:
    """注册并加入: the letter proves the address. Raises Refused."""
    known = User.objects.alias(address=Lower("email")).filter(address=invitation.email)
    if known.exists():
        raise Refused(_("该邮箱已有账号，请登录后加入。"))
    name = " ".join(name.split())
    if not name:
        raise Refused(_("请填写姓名。"))
    address, _number = check_contact(invitation.email, "")
    check_password(password, User(name=name, email=address))
    user = User.objects.create_user(
        address, password, name=name, is_customer=True, password_changed_at=at
    )
    return join(invitation, user=user, at=at)


def _hold(place: AccountUser) -> CloudAccount:
    """The account, while nobody else changes its people; of who may change them still."""
    account = CloudAccount.objects.select_for_update(no_key=True).get(pk=place.cloud_account_id)
    now = AccountUser.objects.get(pk=place.pk)
    if not (decision := now.decide_people()):
        raise NotAllowed(decision)
    return account


def _of(place: AccountUser, subject: AccountUser) -> AccountUser:
    account = _hold(place)
    return AccountUser.objects.filter(cloud_account=account).lock(subject.pk)


def _must_be_open(invitation: UserInvitation, at: datetime) -> None:
    if invitation.ended_how == UserInvitation.Ended.REVOKED:
        raise Refused(_("此邀请已被撤销。"))
    if invitation.ended_at:
        raise Refused(_("此邀请已被接受，请直接登录。"))
    if invitation.expires_at <= at:
        raise Refused(_("此邀请已过期，请联系邀请人重新发送。"))


def _tell(place: AccountUser, kind: str, at: datetime) -> None:
    key = f"{kind}:{place.pk}:{at.isoformat()}"
    tell_account(place.cloud_account_id, kind, key=key, at=at, name=place.user.name)


def _mail(invitation: UserInvitation, account: CloudAccount, *, by: Any, at: datetime) -> None:
    path = join_address(invitation)
    words = {"who": by.name, "account": account.name or account.number}
    subject = _("%(who)s 邀请您加入云账号“%(account)s”") % words
    body = _("请在 7 天内打开以下链接加入；不认识邀请人时请忽略此邮件。\n%(link)s")
    text = body % {"link": link_to(path) or path}
    mail_account(invitation.email, subject, text, at=at, good_for=LIFE)
