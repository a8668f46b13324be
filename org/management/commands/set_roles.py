from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from org.management.organisation import OrganisationCommand, roles_argument
from org.services import change_roles


class Command(OrganisationCommand):
    help = _l("设置成员的全部角色，从其下一次请求起生效。")

    def add_arguments(self, parser: CommandParser) -> None:
        self.add_partner_argument(parser)
        self.add_person_argument(parser)
        roles_argument(parser)
        parser.add_argument(
            "--release-managers",
            action="store_true",
            help=_("取消客户经理主管角色时，其客户经理不再有主管"),
        )

    def handle(self, *, partner: str, person: str, **options: Any) -> None:
        with self.acting() as at:
            member = change_roles(
                self.member(partner, person),
                roles=options["roles"],
                release_managers=options["release_managers"],
                by=None,
                at=at,
            )
            roles = _("、").join(member.role_labels())
        self.say(_("%(name)s 的角色现为：%(roles)s。"), name=member.user.name, roles=roles)
