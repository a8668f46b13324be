"""What the import commands share: files, days, and how results are told."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError, CommandParser

from billing.errorfile import ErrorFile
from core import request_context, tenancy
from core.refusals import Refused


def day(text: str) -> date:
    """An argument `YYYY-MM-DD`."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"不是日期（YYYY-MM-DD）：{text}") from None


class OperationsCommand(BaseCommand):
    """A command of the vendor's operations: thin over one service, refusals as its error."""

    def add_errors_argument(self, parser: CommandParser) -> None:
        parser.add_argument("--errors", metavar="FILE", help="把错误行写入此 CSV 文件")

    @contextmanager
    def acting(self) -> Iterator[None]:
        """One transaction over every tenant; a refusal of the service ends the command."""
        request_context.begin()
        try:
            with tenancy.vendor():
                yield
        except Refused as refusal:
            raise CommandError(str(refusal)) from None
        finally:
            request_context.end()

    def open(self, name: str) -> BinaryIO:
        try:
            return Path(name).open("rb")
        except OSError as error:
            raise CommandError(f"无法打开 {name}：{error.strerror}") from None

    def say(self, text: str) -> None:
        self.stdout.write(text)

    def tell_errors(self, errors: ErrorFile, target: str | None, **options: Any) -> None:
        """The first bad lines on screen, all of them in `target`."""
        if not errors.count:
            return
        self.say(self.style.WARNING(f"错误行 {errors.count}"))
        for line in errors.first:
            self.say(f"  第 {line.line_number} 行：{line.reason}")
        if errors.count > len(errors.first):
            self.say("  …")
        if target:
            with Path(target).open("wb") as out:
                errors.copy_to(out)
            self.say(f"错误行已写入 {target}")
