from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from org.management.organisation import OrganisationCommand, permissions_argument
from org.services import change_role


class Command(OrganisationCommand):
    help = _l("修改自定义角色；使用它的成员从下一次操作起按新的权限工作。未给出的保持不变。")

    def add_arguments(self, parser: CommandParser) -> None:
        self.add_role_arguments(parser)
        parser.add_argument("--name", help=_("新的名称"))
        permissions_argument(parser)

    def handle(self, *, partner: str, role: str, **options: Any) -> None:
        with self.acting() as at:
            former = self.role(partner, role)
            changed = change_role(
                former,
                name=former.name if options["name"] is None else options["name"],
                permissions=options["permissions"] or former.permissions,
                by=None,
                at=at,
            )
        self.say(_("角色 %(role)s 已修改。") % {"role": changed})
