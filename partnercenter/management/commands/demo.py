"""Everything on this machine: servers, assets, tables, demo world, web, worker and beat."""

import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from typing import Any

from django.conf import settings
from django.core.management import call_command, get_commands
from django.core.management.base import CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from core.commands import BaseCommand
from partnercenter.devstack import stack, supervise
from partnercenter.devstack.paths import StartFailed
from partnercenter.devstack.supervise import Command as Program

READY_SECONDS = 60


class Command(BaseCommand):
    help = _l("在本机启动完整的演示环境；Ctrl-C 全部停止，数据保留。")
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000, help=_("被占用时改用其他端口"))

    def handle(self, *, host: str, port: int, **options: Any) -> None:
        self.began = time.monotonic()
        # Python ends without its exit handlers on SIGTERM; the servers are stopped in one.
        signal.signal(signal.SIGTERM, lambda *_signal: sys.exit(128 + signal.SIGTERM))
        self._prepare()
        free = _free_port(host, port)
        if free != port:
            self._say(_("端口 %(port)s 已被占用，改用 %(free)s") % {"port": port, "free": free})
        self._say(_("启动网站、任务进程与定时器 …"))
        sys.exit(self._serve(host, free))

    def _prepare(self) -> None:
        names = _("、").join(server.name for server in stack.needed())
        starting = _("启动内置 %(names)s …") % {"names": names}
        self._say(starting if names else _("使用环境变量中的数据库与队列"))
        stack.attach()
        self._say(_("准备前端文件 …"))
        call_command("assets", collect=True, stdout=self.stdout)
        self._say(_("更新数据表 …"))
        call_command("migrate", interactive=False, verbosity=0)
        if "seed_demo" in get_commands():
            self._say(_("准备演示数据 …"))
            call_command("seed_demo", stdout=self.stdout)

    def _serve(self, host: str, port: int) -> int:
        address = f"http://{host}:{port}/"
        return supervise.run(
            programs(host, port),
            folder=settings.BASE_DIR,
            say=lambda line: self.stdout.write(line),
            started=lambda: self._announce(address),
        )

    def _announce(self, address: str) -> None:
        if _answers(address):
            said = _("就绪：请打开 %(address)s（按 Ctrl-C 停止，数据保留）")
        else:
            said = _("%(address)s 在 %(seconds)s 秒内没有响应，请看上面的日志。")
        self._say(said % {"address": address, "seconds": READY_SECONDS})

    def _say(self, text: str) -> None:
        passed = _("%(seconds)s 秒") % {"seconds": f"{time.monotonic() - self.began:5.1f}"}
        self.stdout.write(f"[{passed}] {text}")
        self.stdout.flush()


def programs(host: str, port: int) -> dict[str, Program]:
    python = (sys.executable, "-W", "ignore::UserWarning", "-m")
    celery = (*python, "celery", "-A", "partnercenter", "-q")
    web = ("gunicorn", "partnercenter.wsgi", "-b", f"{host}:{port}", "-w", "2", "--threads", "4")
    quiet = ("--log-level", "warning", "--graceful-timeout", "5")
    # Threads: a worker that was killed leaves no forked pool behind.
    worker = ("worker", "-P", "threads", "-c", "4", "-l", "warning")
    beat = ("beat", "-l", "warning", "--pidfile=", "-s", f"{settings.BASE_DIR}/.local/beat")
    return {
        "web": Program((*python, *web, *quiet), {"DB_POOL": "1"}),
        "worker": Program((*celery, *worker, "--without-gossip", "--without-mingle")),
        "beat": Program((*celery, *beat)),
    }


def _free_port(host: str, wanted: int) -> int:
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise StartFailed(_("无法在 %(host)s 上监听端口。") % {"host": host})


def _answers(address: str) -> bool:
    """Does the site answer, whatever it says?"""
    deadline = time.monotonic() + READY_SECONDS
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while time.monotonic() < deadline:
        try:
            opener.open(address, timeout=READY_SECONDS).close()
        except urllib.error.HTTPError:
            return True
        except OSError:
            time.sleep(0.1)
        else:
            return True
    return False
