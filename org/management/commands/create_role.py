from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from org.management.organisation import OrganisationCommand, permissions_argument
from org.services import create_role


class Command(OrganisationCommand):
    help = _l("为伙伴创建自定义角色，打印它的编码。")

    def add_arguments(self, parser: CommandParser) -> None:
        self.add_partner_argument(parser)
        parser.add_argument("name", help=_("角色名称"))
        permissions_argument(parser, required=True)

    def handle(self, *, partner: str, name: str, permissions: list[str], **options: Any) -> None:
        with self.acting() as at:
            role = create_role(
                self.partner(partner), name=name, permissions=permissions, by=None, at=at
            )
        self.say(_("已创建角色 %(role)s（%(code)s）。") % {"role": role, "code": role.code})
