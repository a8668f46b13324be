"""What the pages of 组织 share."""

from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.http import HttpRequest

from core import clock
from org.models import Member, Role, User
from org.permissions import PARTNER_ADMIN, PRESETS
from org.phones import clean_phone

OPERATOR = ("operator",)


def who(request: HttpRequest) -> dict[str, Any]:
    """Who does it, and when: what every service asks for."""
    return {"by": request.user, "at": clock.now()}


def preset_choices() -> list[tuple[str, Any]]:
    return [(preset.code, preset.label) for preset in PRESETS.values()]


def role_choices(member: Member) -> list[tuple[str, Any]]:
    """What this member may be given: presets and the partner's own. 主账号 is only transferred."""
    own = Role.objects.filter(partner_id=member.partner_id).order_by("name")
    presets = [c for c in preset_choices() if member.is_main_account or c[0] != PARTNER_ADMIN]
    return [*presets, *own.values_list("code", "name")]


def people(term: str) -> QuerySet[User]:
    """Who has this e-mail or phone, each by its index, or this in the name."""
    if "@" in term:
        return User.objects.alias(address=Lower("email")).filter(address=term.lower())
    if phone := clean_phone(term):
        return User.objects.filter(phone=phone)
    return User.objects.filter(name__contains=term)
