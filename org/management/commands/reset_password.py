from typing import Any

from django.core.management.base import CommandParser

from org.management.organisation import OrganisationCommand
from org.services import give_temporary_password


class Command(OrganisationCommand):
    help = (
        "Give a person a temporary password, printed once, to be changed at the next sign-in."
        " Ends all of the person's sessions."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        self.add_person_argument(parser)

    def handle(self, *, person: str, **options: Any) -> None:
        with self.acting() as at:
            user = self.person(person)
            password = give_temporary_password(user, by=None, at=at)
        self.say(f"已为 {user.name} 生成临时密码，其所有登录已结束。")
        self.show_password(password)
