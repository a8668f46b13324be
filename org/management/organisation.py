"""What the commands for partners, members and people share."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db.models import Q
from django.utils.translation import gettext as _

from core import clock, tenancy
from core.commands import BaseCommand
from core.refusals import Refused
from org.models import Member, Partner, Role, User
from org.permissions import CATALOGUE, PRESETS
from org.services.accounts import find_user


class OrganisationCommand(BaseCommand):
    """A door to one service. A refusal ends it with one sentence and exit status 1."""

    help: Any  # mypy looks no further than one class up

    requires_system_checks: list[str] = []  # it serves no page

    @contextmanager
    def acting(self) -> Iterator[datetime]:
        """The vendor's transaction; gives the instant."""
        try:
            with tenancy.vendor():
                yield clock.now()
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal

    def add_partner_argument(self, parser: CommandParser) -> None:
        parser.add_argument("partner", help=_("伙伴的名称或编号"))

    def add_person_argument(self, parser: CommandParser) -> None:
        parser.add_argument("person", help=_("此人的邮箱或手机号"))

    def partner(self, wanted: str) -> Partner:
        found = Partner.objects.filter(name=wanted).first()
        if found is None and wanted.isdecimal():
            found = Partner.objects.filter(pk=int(wanted)).first()
        if found is None:
            raise CommandError(_("没有这个伙伴：%(name)s。") % {"name": wanted})
        return found

    def person(self, contact: str) -> User:
        if (found := find_user(contact)) is None:
            raise CommandError(
                _("没有使用该邮箱或手机号的用户：%(contact)s。") % {"contact": contact}
            )
        return found

    def member(self, partner: str, contact: str) -> Member:
        members = Member.objects.select_related("user", "partner")
        found = members.filter(partner=self.partner(partner), user=self.person(contact)).first()
        if found is None:
            values = {"contact": contact, "partner": partner}
            raise CommandError(_("%(contact)s 不是 %(partner)s 的成员。") % values)
        return found

    def add_role_arguments(self, parser: CommandParser) -> None:
        self.add_partner_argument(parser)
        parser.add_argument("role", help=_("自定义角色的名称或编码"))

    def role(self, partner: str, wanted: str) -> Role:
        own = Role.objects.filter(partner=self.partner(partner))
        if (found := own.filter(Q(name=wanted) | Q(code=wanted)).first()) is None:
            words = {"partner": partner, "role": wanted}
            raise CommandError(_("%(partner)s 没有这个自定义角色：%(role)s。") % words)
        return found

    def show_password(self, password: str) -> None:
        """Once, to whoever asked for it; it is stored nowhere."""
        sentence = _("临时密码（只显示这一次，7 天内有效，首次登录须修改）：%(password)s")
        self.say(sentence, password=password)


def role_codes(value: str) -> list[str]:
    """Comma-separated codes."""
    return [code.strip() for code in value.split(",") if code.strip()]


def roles_help() -> str:
    return _("角色编码，用逗号分隔，最多三个：%(codes)s，或自定义角色的编码（custom-1、…）") % {
        "codes": ", ".join(PRESETS)
    }


def roles_argument(parser: CommandParser) -> Any:
    return parser.add_argument("--roles", required=True, type=role_codes, help=roles_help())


def permissions_argument(parser: CommandParser, *, required: bool = False) -> Any:
    codes = ", ".join(sorted(CATALOGUE))
    text = _("权限项的编码，用逗号分隔：%(codes)s") % {"codes": codes}
    return parser.add_argument("--permissions", required=required, type=role_codes, help=text)
