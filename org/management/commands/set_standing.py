from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from org.management.organisation import OrganisationCommand
from org.models import Standing
from org.services import set_standing


class Command(OrganisationCommand):
    help = _l("设置伙伴的经营状态：受限或冻结，及其云经销商和转售客户；或恢复正常。")

    def add_arguments(self, parser: CommandParser) -> None:
        self.add_partner_argument(parser)
        parser.add_argument("standing", choices=Standing.values)
        parser.add_argument("--reason", required=True, help=_("原因，会告知伙伴的主账号"))

    def handle(self, *, partner: str, standing: str, reason: str, **options: Any) -> None:
        with self.acting() as at:
            found = set_standing(self.partner(partner), standing, reason=reason, by=None, at=at)
        words = {"name": found, "standing": found.get_standing_display()}
        self.say(_("伙伴 %(name)s 的经营状态：%(standing)s。") % words)
