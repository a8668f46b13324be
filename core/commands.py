"""What every command of the product shares: each run has an id, as each request has."""

from typing import Any

from django.core.management.base import BaseCommand as Base
from django.core.management.base import CommandParser

from . import request_context


class BaseCommand(Base):
    """Log lines and activity rows of one run share an id.

    `help` may be translated lazily, which argparse itself does not take.
    """

    help: Any

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        self.help = str(self.help)
        return super().create_parser(prog_name, subcommand, **kwargs)

    def execute(self, *args: Any, **options: Any) -> str | None:
        with request_context.running():
            return super().execute(*args, **options)

    def say(self, sentence: str, **values: Any) -> None:
        self.stdout.write(sentence % values if values else sentence)
