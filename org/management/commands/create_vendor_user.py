from typing import Any

from django.core.management.base import CommandParser

from org.management.organisation import OrganisationCommand
from org.models import VendorRole
from org.services import create_vendor_user


class Command(OrganisationCommand):
    help = "Create a person of the vendor's staff and print the temporary password once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--name", required=True, help="the person's name")
        parser.add_argument("--role", required=True, choices=VendorRole.values)
        parser.add_argument("--email", default="")
        parser.add_argument("--phone", default="", help="a mobile number of mainland China")

    def handle(self, *, name: str, role: str, **options: Any) -> None:
        with self.acting() as at:
            user, password = create_vendor_user(
                name=name,
                role=role,
                email=options["email"],
                phone=options["phone"],
                by=None,
                at=at,
            )
        self.say(f"已创建厂商用户 {user.name}（{VendorRole(role).label}）。")
        self.show_password(password)
