"""What the commands for partners, members and people share."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core import clock, request_context, tenancy
from core.refusals import Refused
from org.models import Member, Partner, User
from org.permissions import PRESETS
from org.services.accounts import find_user


class OrganisationCommand(BaseCommand):
    """A door to one service. A refusal ends it with one sentence and exit status 1."""

    requires_system_checks: list[str] = []  # it serves no page

    @contextmanager
    def acting(self) -> Iterator[datetime]:
        """The vendor's transaction, with a request id for the log; gives the instant."""
        request_context.begin()
        try:
            with tenancy.vendor():
                yield clock.now()
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        finally:
            request_context.end()

    def add_partner_argument(self, parser: CommandParser) -> None:
        parser.add_argument("partner", help="the partner's name, or its id")

    def add_person_argument(self, parser: CommandParser) -> None:
        parser.add_argument("person", help="the person's e-mail or mobile number")

    def partner(self, wanted: str) -> Partner:
        found = Partner.objects.filter(name=wanted).first()
        if found is None and wanted.isdecimal():
            found = Partner.objects.filter(pk=int(wanted)).first()
        if found is None:
            raise CommandError(f"没有这个伙伴：{wanted}。")
        return found

    def person(self, contact: str) -> User:
        if (found := find_user(contact)) is None:
            raise CommandError(f"没有使用该邮箱或手机号的用户：{contact}。")
        return found

    def member(self, partner: str, contact: str) -> Member:
        members = Member.objects.select_related("user", "partner")
        found = members.filter(partner=self.partner(partner), user=self.person(contact)).first()
        if found is None:
            raise CommandError(f"{contact} 不是 {partner} 的成员。")
        return found

    def show_password(self, password: str) -> None:
        """Once, to whoever asked for it; it is stored nowhere."""
        self.stdout.write(f"临时密码（只显示这一次，首次登录须修改）：{password}")

    def say(self, text: str) -> None:
        self.stdout.write(text)


def role_codes(value: str) -> list[str]:
    """Comma-separated codes."""
    return [code.strip() for code in value.split(",") if code.strip()]


def roles_help() -> str:
    return (
        f"comma-separated role codes: {', '.join(PRESETS)}, or the code of a custom role"
        " (custom-1, …); at most three"
    )


def roles_argument(parser: CommandParser) -> Any:
    return parser.add_argument("--roles", required=True, type=role_codes, help=roles_help())
