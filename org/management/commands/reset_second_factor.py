from typing import Any

from django.core.management.base import CommandParser

from org.management.organisation import OrganisationCommand
from org.services import reset_second_factor


class Command(OrganisationCommand):
    help = (
        "Remove a person's authenticator, passkeys and recovery codes, and end all sessions."
        " The person sets up a second factor again at the next sign-in, and is told."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        self.add_person_argument(parser)

    def handle(self, *, person: str, **options: Any) -> None:
        with self.acting() as at:
            user = self.person(person)
            removed = reset_second_factor(user, by=None, at=at)
        self.say(f"已移除 {user.name} 的 {removed} 项双因素认证，其所有登录已结束。")
