from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from org.management.organisation import OrganisationCommand
from org.services import delete_role


class Command(OrganisationCommand):
    help = _l("删除没有成员使用的自定义角色。")

    def add_arguments(self, parser: CommandParser) -> None:
        self.add_role_arguments(parser)

    def handle(self, *, partner: str, role: str, **options: Any) -> None:
        with self.acting() as at:
            found = self.role(partner, role)
            delete_role(found, by=None, at=at)
        self.say(_("角色 %(role)s 已删除。") % {"role": found})
