from typing import Any

from django.core.management.base import CommandParser

from org.management.organisation import OrganisationCommand, roles_argument
from org.services import change_roles


class Command(OrganisationCommand):
    help = "Set all roles of a member. They bind from the member's next request on."

    def add_arguments(self, parser: CommandParser) -> None:
        self.add_partner_argument(parser)
        self.add_person_argument(parser)
        roles_argument(parser)
        parser.add_argument(
            "--release-managers",
            action="store_true",
            help="when the account director goes, leave its managers without a director",
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
            roles = "、".join(member.role_labels())
        self.say(f"{member.user.name} 的角色现为：{roles}。")
