from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from org.management.organisation import OrganisationCommand
from org.models import VendorRole
from org.services import create_vendor_user


class Command(OrganisationCommand):
    help = _l("创建厂商人员的用户，临时密码只打印一次。")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--name", required=True, help=_("姓名"))
        parser.add_argument("--role", required=True, choices=VendorRole.values)
        parser.add_argument("--email", default="")
        parser.add_argument("--phone", default="", help=_("中国大陆手机号"))

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
        sentence = _("已创建厂商用户 %(name)s（%(role)s）。")
        self.say(sentence, name=user.name, role=VendorRole(role).label)
        self.show_password(password)
