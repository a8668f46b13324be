from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from org.management.organisation import OrganisationCommand
from org.services import transfer_main_account


class Command(OrganisationCommand):
    help = _l("把主账号转给伙伴的另一名成员；原主账号保留其他角色，没有时成为系统管理员。")

    def add_arguments(self, parser: CommandParser) -> None:
        self.add_partner_argument(parser)
        self.add_person_argument(parser)

    def handle(self, *, partner: str, person: str, **options: Any) -> None:
        with self.acting() as at:
            to = self.member(partner, person)
            transfer_main_account(to, by=None, at=at)
        self.say(_("%(partner)s 的主账号现为 %(name)s。") % {"partner": to.partner, "name": to})
