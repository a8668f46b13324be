from typing import Any

from django.core.management.base import CommandParser

from org.management.organisation import OrganisationCommand, roles_argument
from org.services import admit_member


class Command(OrganisationCommand):
    help = (
        "Give a person a place in a partner. A person who is not known by e-mail or phone is made,"
        " and a temporary password is printed once. The first member must be the main account."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        self.add_partner_argument(parser)
        parser.add_argument("--name", required=True, help="the person's name")
        parser.add_argument("--email", default="")
        parser.add_argument("--phone", default="", help="a mobile number of mainland China")
        roles_argument(parser)

    def handle(self, *, partner: str, **options: Any) -> None:
        with self.acting() as at:
            member, password = admit_member(
                self.partner(partner),
                name=options["name"],
                email=options["email"],
                phone=options["phone"],
                roles=options["roles"],
                by=None,
                at=at,
            )
            roles = "、".join(member.role_labels())
        self.say(f"{member.user.name} 已成为 {member.partner.name} 的成员：{roles}。")
        if password:
            self.show_password(password)
        else:
            self.say("该用户已存在，沿用原有密码。")
