from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from org.management.organisation import OrganisationCommand
from org.services import reset_second_factor


class Command(OrganisationCommand):
    help = _l(
        "移除一个人的验证器、通行密钥和恢复码，并结束其所有登录。下次登录时须重新设置，本人会收到通知。"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        self.add_person_argument(parser)

    def handle(self, *, person: str, **options: Any) -> None:
        with self.acting() as at:
            user = self.person(person)
            removed = reset_second_factor(user, by=None, at=at)
        sentence = _("已移除 %(name)s 的 %(count)s 项双因素认证，其所有登录已结束。")
        self.say(sentence, name=user.name, count=removed)
