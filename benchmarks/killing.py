"""Servers and programs of their own, as the demo starts them, to be killed with -9 and started
again. Nothing of them is left when the block ends.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from celery import Celery
from django.conf import settings
from django.db import InterfaceError, OperationalError, connections

from core import tenancy
from partnercenter.devstack.postgres import APP, DATABASE, OWNER, Postgres
from partnercenter.devstack.valkey import Valkey
from partnercenter.management.commands.demo import programs
from partnercenter.urls_of_servers import for_celery

from .client import Client
from .database import World
from .servers import free_port, wait_for

USERS = {"default": APP, "owner": OWNER}
PATIENCE = 300  # seconds


class Stack:
    """PostgreSQL and Valkey, web and worker. PostgreSQL waits for the disk, as in production."""

    def __init__(self, home: Path) -> None:
        self.postgres, self.valkey = Postgres(home / "pg"), Valkey(home / "valkey")
        self.port = free_port()
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.killed = {"web": 0, "worker": 0, "postgres": 0}

    world = World(DATABASE, customers=0)

    @contextmanager
    def entered(self) -> Iterator[None]:
        """This process works on the stack's database."""
        before = {alias: connections[alias].settings_dict for alias in USERS}
        try:
            for alias, user in USERS.items():
                own = {**self.postgres.django(user=user), "OPTIONS": {}}
                connections[alias].close()
                connections[alias].settings_dict = before[alias] | own
            yield
        finally:
            for alias, dict_before in before.items():
                connections[alias].close()
                connections[alias].settings_dict = dict_before

    @property
    def environment(self) -> dict[str, str]:
        return self.world.environment | {"REDIS_URL": self.valkey.url()}

    def client(self, session: str) -> Client:
        csrf = "d" * 32
        cookies = {settings.SESSION_COOKIE_NAME: session, settings.CSRF_COOKIE_NAME: csrf}
        said = "; ".join(f"{name}={value}" for name, value in cookies.items())
        return Client(self.port, {"Cookie": said, "X-CSRFToken": csrf})

    # ---- life and death ----

    def start(self, name: str) -> None:
        if name == "postgres":
            self.postgres.attach()
            return
        program = programs("127.0.0.1", self.port)[name]
        self.running[name] = subprocess.Popen(
            program.words,
            cwd=settings.BASE_DIR,
            env={**self.environment, **program.environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def kill(self, name: str) -> None:
        """All processes of it at once: no handler runs, nothing is tidied up."""
        self.killed[name] += 1
        if name == "postgres":
            self._kill_postgres()
            return
        _kill_group(self.running.pop(name))

    def _kill_postgres(self) -> None:
        postmaster = self.postgres.pid()
        assert postmaster
        with connections["owner"].cursor() as cursor:
            cursor.execute("SELECT pid FROM pg_stat_activity")
            pids = [postmaster, *(pid for (pid,) in cursor.fetchall())]
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(postmaster, 0)
        while self.postgres.alive():
            time.sleep(0.01)
        self.postgres.detach()
        connections.close_all()

    def wait_for_web(self) -> None:
        wait_for(self.running["web"], self.port)

    def wake(self) -> None:
        """What a supervisor does: what ended by itself begins again, as a worker that found no
        database. And what the timer does once a minute: somebody for each job that nobody is at."""
        for name, child in list(self.running.items()):
            if child.poll() is not None:
                self.start(name)
        with Celery(broker=for_celery(self.valkey.url()), set_as_current=False) as timer:
            timer.send_task("partnercenter.tasks.run_waiting_jobs")

    def end(self) -> None:
        for child in self.running.values():
            _kill_group(child)
        self.postgres.detach()
        self.valkey.detach()


def _kill_group(leader: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):  # it ended by itself
        os.killpg(leader.pid, signal.SIGKILL)
    leader.wait()


@contextmanager
def stack_of_its_own() -> Iterator[Stack]:
    with tempfile.TemporaryDirectory(prefix="drill-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)  # the servers may run under another account
        stack = Stack(Path(folder))
        try:
            stack.postgres.attach()
            stack.valkey.attach()
            yield stack
        finally:
            stack.end()
            shutil.rmtree(stack.postgres.sockets, ignore_errors=True)
            shutil.rmtree(stack.valkey.sockets, ignore_errors=True)


def wait_until(true: Callable[[], Any], every: Callable[[], Any] = lambda: None) -> None:
    """Look ten times a second, and do `every` once a second."""
    deadline, turn = time.monotonic() + PATIENCE, 0
    while not true():
        if time.monotonic() > deadline:
            raise RuntimeError("it did not happen")
        if (turn := turn + 1) % 10 == 0:
            every()
        time.sleep(0.1)


def asked(question: Callable[[], Any]) -> Any:
    """What the database answers to the vendor's side, as soon as it answers."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with tenancy.vendor():
                return question()
        except (OperationalError, InterfaceError):
            connections.close_all()
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
