from typing import Any

from django.core.management.base import CommandParser

from org.management.organisation import OrganisationCommand
from org.services import deactivate_user, reactivate_user


class Command(OrganisationCommand):
    help = "Deactivate a person everywhere, at once: for vendor staff there is no other door."

    def add_arguments(self, parser: CommandParser) -> None:
        self.add_person_argument(parser)
        parser.add_argument("--undo", action="store_true", help="activate the person again")

    def handle(self, *, person: str, undo: bool, **options: Any) -> None:
        act = reactivate_user if undo else deactivate_user
        with self.acting() as at:
            user = act(self.person(person), by=None, at=at)
        self.say(f"{user.name} 已启用。" if undo else f"{user.name} 已停用，其所有登录已结束。")
