"""What is wrong with this installation, why that matters, and what mends it."""

import json
import sys
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from core import clock
from core.commands import BaseCommand
from ops.panels import DEPLOYMENT, RUNNING
from ops.rows import Level, Panel, Row, worst


class Command(BaseCommand):
    help = _l("检查这个部署有什么问题，以及如何处理。有异常时退出码为 1。")
    requires_system_checks: list[str] = []  # they would end it before it says anything

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help=_("输出 JSON，供脚本读取"))
        parser.add_argument("--all", action="store_true", help=_("正常的项目也列出"))

    def handle(self, *args: Any, **options: Any) -> None:
        at = clock.now()
        looked = [(panel, panel.look(at)) for panel in (*DEPLOYMENT, *RUNNING)]
        rows = [row for _panel, found in looked for row in found]
        if options["json"]:
            self.stdout.write(json.dumps([asdict(row) for row in rows], ensure_ascii=False))
        else:
            self._tell(looked, rows, everything=options["all"])
        if worst(rows) is Level.BAD:
            sys.exit(1)

    def _tell(
        self, looked: list[tuple[Panel, list[Row]]], rows: list[Row], *, everything: bool
    ) -> None:
        words = {Level.OK: _("正常"), Level.WARN: _("注意"), Level.BAD: _("异常")}
        for panel, found in looked:
            shown = [row for row in found if everything or row.level is not Level.OK]
            if shown:
                self.say(f"{panel.title}")
            for row in shown:
                self.say(
                    "  [%(level)s] %(what)s  %(says)s", **asdict(row) | {"level": words[row.level]}
                )
                if row.why:
                    self.say("      %(what)s%(says)s", what=_("原因："), says=row.why)
                if row.mend:
                    self.say("      %(what)s%(says)s", what=_("处理："), says=row.mend)
        counts = {level.value: sum(row.level is level for row in rows) for level in Level}
        self.say(_("%(bad)d 项异常，%(warn)d 项注意，%(ok)d 项正常。"), **counts)
