from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from org.management.organisation import OrganisationCommand
from org.services import deactivate_user, reactivate_user


class Command(OrganisationCommand):
    help = _l("立即停用一个人的全部身份；厂商人员只能用此命令停用。")

    def add_arguments(self, parser: CommandParser) -> None:
        self.add_person_argument(parser)
        parser.add_argument("--undo", action="store_true", help=_("重新启用"))

    def handle(self, *, person: str, undo: bool, **options: Any) -> None:
        act = reactivate_user if undo else deactivate_user
        with self.acting() as at:
            user = act(self.person(person), by=None, at=at)
        said = _("%(name)s 已启用。") if undo else _("%(name)s 已停用，其所有登录已结束。")
        self.say(said, name=user.name)
