"""The demo's world, with one account per role whose password is printed."""

import unicodedata
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from core import clock
from core.commands import BaseCommand
from partnercenter.world import demo


class Command(BaseCommand):
    help = _l(
        "在空数据库中生成演示数据与每个角色的演示账号，并打印账号和密码；只在 DEMO=true 时可用。"
    )
    requires_system_checks = []  # it serves no page

    def handle(self, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError(_("演示账号的密码是公开的：只在 DEMO=true 时生成。"))
        accounts = demo.Demo(clock.now(), clock.today()).prepare()
        if not accounts:
            self.stdout.write(_("数据库中不是演示数据，没有演示账号。"))
            return
        changed = _("（已修改）")
        rows = [(a.email, a.password or changed, a.role, a.name, a.partner) for a in accounts]
        head = (_("账号"), _("密码"), _("角色"), _("姓名"), _("所属"))
        for row in [head, *rows]:
            self.stdout.write(_line(row, _widths([head, *rows])))


def _widths(rows: Sequence[tuple[str, ...]]) -> list[int]:
    return [max(map(_width, column)) for column in zip(*rows, strict=True)]


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    cells = zip(row, widths, strict=True)
    return "  " + "  ".join(text + " " * (width - _width(text)) for text, width in cells).rstrip()


def _width(text: str) -> int:
    """Columns on a terminal: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
