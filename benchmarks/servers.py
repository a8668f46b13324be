"""Web servers: gunicorn with two sync workers each, as performance is measured everywhere."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.conf import settings

from .client import Client
from .database import World

WORKERS = 2
READY_SECONDS = 60
# Application and settings of each kind of server; None: the product's own.
KINDS = {
    "app": ("partnercenter.wsgi", None),
    "floor": ("benchmarks.bare.wsgi", "benchmarks.bare.settings"),
    "peer": ("benchmarks.peer.wsgi", "benchmarks.peer.settings"),
}


@dataclass(frozen=True)
class Server:
    kind: str
    world: World
    port: int

    def client(self, session: str) -> Client:
        return Client(self.port, {"Cookie": f"{settings.SESSION_COOKIE_NAME}={session}"})


@contextmanager
def running(kind: str, world: World) -> Iterator[Server]:
    """A server of this kind on the world, until the block ends."""
    application, settings_module = KINDS[kind]
    environment = dict(world.environment)
    if settings_module:
        environment["DJANGO_SETTINGS_MODULE"] = settings_module
    port = free_port()
    child = subprocess.Popen(
        [
            *(sys.executable, "-W", "ignore", "-m", "gunicorn", application),
            *("-b", f"127.0.0.1:{port}", "-w", str(WORKERS), "-k", "sync"),
            *("--log-level", "error", "--no-control-socket"),
        ],
        cwd=settings.BASE_DIR,
        env=environment,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        wait_for(child, port)
        yield Server(kind, world, port)
    finally:
        os.killpg(child.pid, signal.SIGTERM)
        child.wait(timeout=30)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(child: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while child.poll() is None and time.monotonic() < deadline:
        try:
            Client(port).get("/")
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the web server did not start")
