"""Acts on custom roles (benefits_org.md §3.3: at most ten, deleted only when nobody has it)."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from activity.services import Actor, record
from core.refusals import Refused
from org.models import Member, Partner, Role
from org.permissions import MAX_CUSTOM_ROLES, PRESETS, complete
from org.rules import why_not_permissions, why_not_taken

from .locks import lock_partners

_PREFIX = "custom-"


@transaction.atomic
def create_role(
    partner: Partner, *, name: str, permissions: Iterable[str], by: Actor, at: datetime
) -> Role:
    """创建自定义角色, with what its permissions bring. Raises Refused."""
    (partner,) = lock_partners(partner.pk)
    own = Role.objects.filter(partner=partner)
    if own.count() >= MAX_CUSTOM_ROLES:
        raise Refused(_("每个伙伴最多 %(max)d 个自定义角色。") % {"max": MAX_CUSTOM_ROLES})
    role = Role(
        partner=partner,
        code=_next_code(own),
        name=name.strip(),
        permissions=sorted(complete(permissions)),
    )
    _check(role)
    role.save()
    record("role.created", role, by=by, at=at, partner=partner, after=_facts(role))
    return role


@transaction.atomic
def change_role(
    role: Role, *, name: str, permissions: Iterable[str], by: Actor, at: datetime
) -> Role:
    """修改自定义角色. Who has it works with the new permissions from the next request on."""
    (partner,) = lock_partners(role.partner_id)
    role = Role.objects.lock(role.pk)
    before, wanted = _facts(role), frozenset(permissions)
    if sentence := why_not_taken(role.permissions, wanted):
        raise Refused(sentence)
    role.name, role.permissions = name.strip(), sorted(complete(wanted))
    if _facts(role) == before:
        raise Refused(_("没有需要保存的修改。"))
    _check(role)
    role.save(update_fields=["name", "permissions"])
    record("role.changed", role, by=by, at=at, partner=partner, before=before, after=_facts(role))
    return role


@transaction.atomic
def delete_role(role: Role, *, by: Actor, at: datetime) -> None:
    """删除自定义角色, once nobody has it, active or not."""
    (partner,) = lock_partners(role.partner_id)
    role = Role.objects.lock(role.pk)
    holders = Member.objects.filter(partner=partner, roles__contains=[role.code]).count()
    if holders:
        raise Refused(_("还有 %(n)d 名成员使用该角色，不能删除。") % {"n": holders})
    record("role.deleted", role, by=by, at=at, partner=partner, before=_facts(role))
    role.delete()


def _check(role: Role) -> None:
    if not role.name or len(role.name) > 30:
        raise Refused(_("请填写角色名称，最多 30 个字符。"))
    if role.name in {str(preset.label) for preset in PRESETS.values()}:
        raise Refused(_("“%(name)s”是预置角色的名称。") % {"name": role.name})
    if Role.objects.filter(partner=role.partner, name=role.name).exclude(pk=role.pk).exists():
        raise Refused(_("已有同名角色：%(name)s。") % {"name": role.name})
    if sentence := why_not_permissions(role.permissions):
        raise Refused(sentence)


def _next_code(own: Iterable[Role]) -> str:
    """The next number; members hold roles by code."""
    numbers = [int(role.code.removeprefix(_PREFIX)) for role in own if _is_numbered(role)]
    return f"{_PREFIX}{max(numbers, default=0) + 1}"


def _is_numbered(role: Role) -> bool:
    return role.code.removeprefix(_PREFIX).isdecimal()


def _facts(role: Role) -> dict[str, object]:
    return {"role": role.name, "permissions": list(role.permissions)}
