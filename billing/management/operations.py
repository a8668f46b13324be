"""What the import commands share: files, days, and how results are told."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _

from billing.errorfile import ErrorFile
from billing.services.mapping import Mapped
from core import tenancy
from core.commands import BaseCommand
from core.refusals import Refused


def day(text: str) -> date:
    """An argument `YYYY-MM-DD`."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            _("不是日期（YYYY-MM-DD）：%(text)s") % {"text": text}
        ) from None


class OperationsCommand(BaseCommand):
    """A command of the vendor's operations: thin over one service, refusals as its error."""

    help: Any  # mypy looks no further than one class up

    def add_errors_argument(self, parser: CommandParser) -> None:
        parser.add_argument("--errors", metavar="FILE", help=_("把错误行写入此 CSV 文件"))

    @contextmanager
    def acting(self) -> Iterator[None]:
        """One transaction over every tenant; a refusal of the service ends the command."""
        try:
            with tenancy.vendor():
                yield
        except Refused as refusal:
            raise CommandError(str(refusal)) from None

    def open(self, name: str) -> BinaryIO:
        try:
            return Path(name).open("rb")
        except OSError as error:
            raise CommandError(
                _("无法打开 %(name)s：%(reason)s") % {"name": name, "reason": error.strerror}
            ) from None

    def tell_mapped(self, mapped: Mapped) -> None:
        sentence = _("映射子账号 %(mapped)s 个，新建客户 %(created)s 个")
        self.say(sentence, mapped=mapped.mapped, created=mapped.created)

    def tell_errors(self, errors: ErrorFile, target: str | None, **options: Any) -> None:
        """The first bad lines on screen, all of them in `target`."""
        if not errors.count:
            return
        self.say(self.style.WARNING(_("错误行 %(count)s") % {"count": errors.count}))
        for line in errors.first:
            self.say(_("  第 %(line)s 行：%(reason)s"), line=line.line_number, reason=line.reason)
        if errors.count > len(errors.first):
            self.say("  …")
        if target:
            with Path(target).open("wb") as out:
                errors.copy_to(out)
            self.say(_("错误行已写入 %(file)s"), file=target)
