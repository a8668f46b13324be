"""Rules of the organisation without I/O. Sentences are Chinese, for the person who asked.

Sources: benefits_org.md §3.2 (roles of a member), §3.3 (custom roles), §7 of sales_pipeline.md
(the channel); GB 32100-2015 (统一社会信用代码).
"""

import secrets
from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _

from .permissions import (
    ACCOUNT_DIRECTOR,
    ACCOUNT_MANAGER,
    BRINGS,
    CATALOGUE,
    LABELS,
    MAX_ROLES,
    PRESETS,
    SYSTEM_ADMIN,
)

# Without look-alikes: these are read from a screen and typed once.
_LETTERS = ("ABCDEFGHJKLMNPQRSTUVWXYZ", "abcdefghijkmnpqrstuvwxyz", "23456789", "#%+-=@")
TEMPORARY_PASSWORD_LENGTH = 16

_CREDIT_CODE = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def in_order(roles: Iterable[str]) -> list[str]:
    """Each code once: presets in the catalogue's order, then custom roles."""
    wanted = set(roles)
    presets = [code for code in PRESETS if code in wanted]
    return presets + sorted(wanted - set(presets))


def why_not_roles(roles: Sequence[str], custom_codes: Iterable[str]) -> str:
    """Why a member may not have these roles together; empty if he may.

    `custom_codes` are those of the partner's own roles.
    """
    if not roles:
        return _("每名成员至少需要一个角色。")
    if unknown := sorted(set(roles) - set(PRESETS) - set(custom_codes)):
        return _("没有这个角色：%(codes)s。") % {"codes": _("、").join(unknown)}
    if len(roles) > MAX_ROLES:
        return _("每名成员最多 %(max)d 个角色，所选为 %(n)d 个。") % {
            "max": MAX_ROLES,
            "n": len(roles),
        }
    if SYSTEM_ADMIN in roles and len(roles) > 1:
        return _("系统管理员不能与其他角色同时分配。")
    if {ACCOUNT_MANAGER, ACCOUNT_DIRECTOR} <= set(roles):
        return _("客户经理与客户经理主管不能同时分配。")
    return ""


def why_not_permissions(permissions: Iterable[str]) -> str:
    """Why a custom role may not hold these permissions; empty if it may."""
    wanted = set(permissions)
    if not wanted:
        return _("请至少选择一个权限项。")
    if unknown := sorted(wanted - CATALOGUE):
        return _("没有这个权限项：%(codes)s。") % {"codes": _("、").join(unknown)}
    return ""


def why_not_taken(held: Iterable[str], wanted: Iterable[str]) -> str:
    """Why a role that holds permissions cannot be left with those wanted: one that is taken away
    is brought by one that stays. Empty if it can."""
    held, wanted = set(held), set(wanted)
    stay = sorted(held & wanted)
    for taken in sorted(held - wanted):
        if by := next((each for each in stay if taken in BRINGS.get(each, ())), None):
            return _("“%(by)s”离不开“%(taken)s”，请先取消“%(by)s”。") % {
                "by": LABELS[by],
                "taken": LABELS[taken],
            }
    return ""


def is_credit_code(code: str) -> bool:
    """Whether 18 characters are a 统一社会信用代码: its alphabet and its check character."""
    if len(code) != 18 or not set(code) <= set(_CREDIT_CODE):
        return False
    total = sum(_CREDIT_CODE.index(c) * pow(3, i, 31) for i, c in enumerate(code[:17]))
    return _CREDIT_CODE[-total % 31] == code[17]


def temporary_password() -> str:
    """16 random characters with each of four kinds, which satisfies every password profile."""
    picked = [secrets.choice(kind) for kind in _LETTERS]
    every = "".join(_LETTERS)
    picked += [secrets.choice(every) for _i in range(TEMPORARY_PASSWORD_LENGTH - len(picked))]
    secrets.SystemRandom().shuffle(picked)
    return "".join(picked)
