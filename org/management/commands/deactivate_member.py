from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from org.management.organisation import OrganisationCommand
from org.services import activate_member, deactivate_member


class Command(OrganisationCommand):
    help = _l("停用一名成员在这一个伙伴的身份，立即生效；其客户由主账号负责。")

    def add_arguments(self, parser: CommandParser) -> None:
        self.add_partner_argument(parser)
        self.add_person_argument(parser)
        parser.add_argument("--undo", action="store_true", help=_("重新启用"))

    def handle(self, *, partner: str, person: str, undo: bool, **options: Any) -> None:
        act = activate_member if undo else deactivate_member
        with self.acting() as at:
            member = self.member(partner, person)
            act(member, by=None, at=at)
        said = (
            _("%(name)s 在 %(partner)s 已启用。") if undo else _("%(name)s 在 %(partner)s 已停用。")
        )
        self.say(said % {"name": member, "partner": member.partner})
