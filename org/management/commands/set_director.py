from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from org.management.organisation import OrganisationCommand
from org.services import set_director


class Command(OrganisationCommand):
    help = _l("设置客户经理的主管；不给出 --director 时不再有主管。")

    def add_arguments(self, parser: CommandParser) -> None:
        self.add_partner_argument(parser)
        self.add_person_argument(parser)
        parser.add_argument("--director", help=_("客户经理主管的邮箱或手机号"))

    def handle(self, *, partner: str, person: str, director: str | None, **options: Any) -> None:
        with self.acting() as at:
            member = set_director(
                self.member(partner, person),
                self.member(partner, director) if director else None,
                by=None,
                at=at,
            )
        words = {"name": member, "director": member.director or _("无")}
        self.say(_("%(name)s 的主管现为：%(director)s。") % words)
