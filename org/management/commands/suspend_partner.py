from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from org.management.organisation import OrganisationCommand
from org.services import resume_partner, suspend_partner


class Command(OrganisationCommand):
    help = _l("停用伙伴：其成员从下一次操作起不能再代表它工作，数据保留。")

    def add_arguments(self, parser: CommandParser) -> None:
        self.add_partner_argument(parser)
        parser.add_argument("--undo", action="store_true", help=_("恢复"))

    def handle(self, *, partner: str, undo: bool, **options: Any) -> None:
        act = resume_partner if undo else suspend_partner
        with self.acting() as at:
            found = act(self.partner(partner), by=None, at=at)
        said = _("伙伴 %(name)s 已恢复。") if undo else _("伙伴 %(name)s 已停用。")
        self.say(said % {"name": found})
