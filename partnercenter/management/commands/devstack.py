"""The embedded servers by hand: status, stop, psql."""

import subprocess
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from partnercenter.devstack.postgres import APP, DATABASE, OWNER
from partnercenter.devstack.server import Server
from partnercenter.devstack.stack import local


class Command(BaseCommand):
    help = (
        "内置 PostgreSQL 与 Valkey：status 查看，stop 停止，psql 打开数据库（--owner 以属主身份）。"
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["status", "stop", "psql"])
        parser.add_argument("--owner", action="store_true", help="psql as the owner of the tables")

    def handle(self, *, action: str, owner: bool, **options: Any) -> None:
        if action == "psql":
            return self._psql(OWNER if owner else APP)
        for server in local():
            if action == "stop":
                server.stop()
            self.stdout.write(self._line(server))

    def _line(self, server: Server) -> str:
        state = f"运行中，pid {server.pid()}" if server.alive() else "未运行"
        return f"{server.name}：{state}，{server.where}"

    def _psql(self, user: str) -> None:
        postgres = local()[0]
        postgres.attach()
        program = postgres.programs() / "psql"
        subprocess.run([program, "-h", str(postgres.sockets), "-U", user, DATABASE])
