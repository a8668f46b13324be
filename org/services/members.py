"""Acts on members of a partner (benefits_org.md §3.2)."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from activity.services import Actor, record
from core.refusals import InvalidTransition, Refused
from org.models import Member, Partner, Role, User
from org.permissions import ACCOUNT_DIRECTOR, ACCOUNT_MANAGER, PARTNER_ADMIN, SYSTEM_ADMIN
from org.rules import in_order, why_not_roles

from .accounts import create_user, end_sessions, find_user
from .locks import lock_member, lock_partners, lock_user


@transaction.atomic
def admit_member(
    partner: Partner,
    *,
    name: str,
    email: str = "",
    phone: str = "",
    roles: Iterable[str],
    by: Actor,
    at: datetime,
) -> tuple[Member, str]:
    """创建人员: a new person with a temporary password, or one who is known already.

    A known person keeps name, contact and password; the second value is then empty.
    """
    user = find_user(email or phone)
    password = ""
    if user is None:
        user, password = create_user(name=name, email=email, phone=phone, by=by, at=at)
    return create_member(partner, user, roles=roles, by=by, at=at), password


@transaction.atomic
def create_member(
    partner: Partner, user: User, *, roles: Iterable[str], by: Actor, at: datetime
) -> Member:
    """Give a person a place in the partner. The first member is its main account."""
    (partner,) = lock_partners(partner.pk)
    roles = in_order(roles)
    _check_person(partner, user)
    _check_roles(partner, roles)
    has_main = Member.objects.main_accounts().filter(partner=partner).exists()
    if has_main and PARTNER_ADMIN in roles:
        raise Refused(_("该伙伴已有主账号；如需更换，请转移主账号。"))
    if not has_main and PARTNER_ADMIN not in roles:
        raise Refused(_("该伙伴还没有主账号，第一名成员须为主账号。"))
    member = Member.objects.create(partner=partner, user=user, roles=roles)
    record(
        "member.created",
        member,
        by=by,
        at=at,
        partner=partner,
        after={"name": user.name, "roles": roles},
    )
    return member


@transaction.atomic
def change_roles(
    member: Member,
    *,
    roles: Iterable[str],
    release_managers: bool = False,
    by: Actor,
    at: datetime,
) -> Member:
    """修改角色: all roles as they shall be; they bind from the member's next request on.

    Args:
        release_managers: when 客户经理主管 goes, leave its managers without a director instead
            of refusing.
    """
    member = lock_member(member)
    before, after = member.roles, in_order(roles)
    if after == before:
        raise Refused(_("该成员已是这些角色。"))
    _check_roles(member.partner, after)
    _check_main_account(member, after)
    if ACCOUNT_DIRECTOR in before and ACCOUNT_DIRECTOR not in after:
        _release(member, release_managers)
    if ACCOUNT_MANAGER not in after:
        member.director = None
    member.roles = after
    member.save(update_fields=["roles", "director"])
    _record("member.roles_changed", member, {"roles": before}, {"roles": after}, by=by, at=at)
    return member


@transaction.atomic
def set_director(member: Member, director: Member | None, *, by: Actor, at: datetime) -> Member:
    """设置主管 of a 客户经理; None leaves him without one."""
    member = lock_member(member)
    before = member.director
    if ACCOUNT_MANAGER not in member.roles:
        raise Refused(_("只有客户经理有主管。"))
    if director:
        director = Member.objects.select_related("user").get(pk=director.pk)
        _check_director(member, director)
    if director == before:
        raise Refused(_("该成员的主管没有变化。"))
    member.director = director
    member.save(update_fields=["director"])
    _record(
        "member.director_changed",
        member,
        {"director": str(before or "")},
        {"director": str(director or "")},
        by=by,
        at=at,
    )
    return member


@transaction.atomic
def deactivate_member(member: Member, *, by: Actor, at: datetime) -> Member:
    """停用成员: he is signed out at once. His customers stay his and fall to the main account."""
    member = lock_member(member)
    if member.is_main_account:
        raise Refused(_("主账号不能停用，请先转移主账号。"))
    if not member.is_active:
        raise InvalidTransition(_("该成员已停用。"))
    member.is_active = False
    member.save(update_fields=["is_active"])
    end_sessions(member.user)
    _record("member.deactivated", member, {"is_active": True}, {"is_active": False}, by=by, at=at)
    return member


@transaction.atomic
def activate_member(member: Member, *, by: Actor, at: datetime) -> Member:
    """启用成员: with the roles, director and customers he had."""
    member = lock_member(member)
    if member.is_active:
        raise InvalidTransition(_("该成员已启用。"))
    member.is_active = True
    member.save(update_fields=["is_active"])
    _record("member.activated", member, {"is_active": False}, {"is_active": True}, by=by, at=at)
    return member


@transaction.atomic
def transfer_main_account(to: Member, *, by: Actor, at: datetime) -> Member:
    """转移主账号 to another member of the partner; the former one becomes 系统管理员.

    The former keeps other roles if he has any. Raises Refused.
    """
    to = lock_member(to)
    former = Member.objects.main_accounts().filter(partner_id=to.partner_id).first()
    if to == former:
        raise Refused(_("该成员已是主账号。"))
    if not (to.is_active and lock_user(to.user).is_active):
        raise Refused(_("该成员已停用，请先启用。"))
    roles = in_order({PARTNER_ADMIN, *to.roles} - {SYSTEM_ADMIN})
    _check_roles(to.partner, roles)
    if former:
        former.roles = in_order(set(former.roles) - {PARTNER_ADMIN}) or [SYSTEM_ADMIN]
        former.save(update_fields=["roles"])
    to.roles = roles
    to.save(update_fields=["roles"])
    _record(
        "member.main_account_transferred",
        to,
        {"main_account": str(former or "")},
        {"main_account": str(to), "roles": roles},
        by=by,
        at=at,
    )
    return to


def _check_person(partner: Partner, user: User) -> None:
    if not partner.is_active:
        raise Refused(_("该伙伴已停用，请先恢复。"))
    if user.is_vendor:
        raise Refused(_("厂商用户不能成为伙伴的成员。"))
    if user.is_customer:
        raise Refused(_("客户的用户不能成为伙伴的成员。"))
    if not user.is_active:
        raise Refused(_("该用户已停用，请先启用。"))
    if Member.objects.filter(partner=partner, user=user).exists():
        raise Refused(_("该用户已是此伙伴的成员。"))


def _check_roles(partner: Partner, roles: Sequence[str]) -> None:
    custom = Role.objects.filter(partner=partner).values_list("code", flat=True)
    if sentence := why_not_roles(roles, custom):
        raise Refused(sentence)


def _check_main_account(member: Member, after: Sequence[str]) -> None:
    if member.is_main_account and PARTNER_ADMIN not in after:
        raise Refused(_("主账号角色不能移除，请先转移主账号。"))
    if PARTNER_ADMIN in after and not member.is_main_account:
        raise Refused(_("主账号角色不能直接分配，请转移主账号。"))


def _release(director: Member, release_managers: bool) -> None:
    """What becomes of the managers of somebody who is no director any more."""
    managers = Member.objects.filter(director=director)
    if not release_managers and (n := managers.count()):
        raise Refused(_("还有 %(n)d 名客户经理由其主管，请先为他们更换主管。") % {"n": n})
    managers.update(director=None)


def _check_director(member: Member, director: Member) -> None:
    if director.partner_id != member.partner_id:
        raise Refused(_("主管须为同一伙伴的成员。"))
    if ACCOUNT_DIRECTOR not in director.roles:
        raise Refused(_("%(name)s 不是客户经理主管。") % {"name": director})
    if not director.is_active:
        raise Refused(_("主管 %(name)s 已停用。") % {"name": director})


def _record(
    verb: str,
    member: Member,
    before: dict[str, object],
    after: dict[str, object],
    *,
    by: Actor,
    at: datetime,
) -> None:
    record(verb, member, by=by, at=at, partner_id=member.partner_id, before=before, after=after)


def switch_partner(member: Member, *, at: datetime) -> None:
    """切换伙伴: from here on the person acts for this partner, whose log says so."""
    record("partner.switched", member.partner, by=member, at=at)
