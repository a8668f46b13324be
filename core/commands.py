"""What every command of the product shares."""

from typing import Any

from django.core.management.base import BaseCommand as Base
from django.core.management.base import CommandParser


class BaseCommand(Base):
    """Its `help` may be translated lazily, which argparse itself does not take."""

    help: Any

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        self.help = str(self.help)
        return super().create_parser(prog_name, subcommand, **kwargs)

    def say(self, sentence: str, **values: Any) -> None:
        self.stdout.write(sentence % values if values else sentence)
