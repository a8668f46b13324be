from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from org.management.organisation import OrganisationCommand
from org.services import give_temporary_password


class Command(OrganisationCommand):
    help = _l("生成临时密码，只打印一次，下次登录须修改；其所有登录立即结束。")

    def add_arguments(self, parser: CommandParser) -> None:
        self.add_person_argument(parser)

    def handle(self, *, person: str, **options: Any) -> None:
        with self.acting() as at:
            user = self.person(person)
            password = give_temporary_password(user, by=None, at=at)
        self.say(_("已为 %(name)s 生成临时密码，其所有登录已结束。"), name=user.name)
        self.show_password(password)
