"""The embedded servers by hand: status, stop, psql."""

import subprocess
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from core.commands import BaseCommand
from partnercenter.devstack.postgres import APP, DATABASE, OWNER
from partnercenter.devstack.server import Server
from partnercenter.devstack.stack import local


class Command(BaseCommand):
    help = _l(
        "内置 PostgreSQL 与 Valkey：status 查看，stop 停止，psql 打开数据库（--owner 以属主身份）。"
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["status", "stop", "psql"])
        parser.add_argument("--owner", action="store_true", help=_("以数据表属主的身份打开 psql"))

    def handle(self, *, action: str, owner: bool, **options: Any) -> None:
        if action == "psql":
            return self._psql(OWNER if owner else APP)
        for server in local():
            if action == "stop":
                server.stop()
            self.stdout.write(self._line(server))

    def _line(self, server: Server) -> str:
        running = _("运行中，pid %(pid)s") % {"pid": server.pid()}
        state = running if server.alive() else _("未运行")
        values = {"name": server.name, "state": state, "where": server.where}
        return _("%(name)s：%(state)s，%(where)s") % values

    def _psql(self, user: str) -> None:
        postgres = local()[0]
        postgres.attach()
        program = postgres.programs() / "psql"
        subprocess.run([program, "-h", str(postgres.sockets), "-U", user, DATABASE])
