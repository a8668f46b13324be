"""Start if needed, stop if last: a server shared by several processes.

Users are counted with flock(2): each holds a shared lock on `users.lock`. The kernel drops it
however the process ends (kill -9 too), so no list of pids can go stale.
"""

import atexit
import fcntl
import os
import signal
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, ClassVar

from . import paths
from .paths import StartFailed
from .processes import program_of

START_SECONDS = 60
STOP_SECONDS = 30
POLL_SECONDS = 0.01


class Server(ABC):
    """One server program with its folder, its socket and its users."""

    name: ClassVar[str]
    program: ClassVar[str]
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM
    # Attempts at starting, half a second apart.
    attempts: ClassVar[int] = 1

    def __init__(self, where: Path, *, durable: bool = True) -> None:
        self.where = where
        self.durable = durable
        self.account = paths.server_account()
        self.sockets = paths.socket_dir(where)
        self.log = where / "log"
        self._child: subprocess.Popen[bytes] | None = None
        self._users: IO[str] | None = None
        self._owner = 0

    # ---- what a server must say about itself ----

    @property
    @abstractmethod
    def pidfile(self) -> Path:
        """The file in which the server itself writes its process id."""

    def lock_files(self) -> list[Path]:
        """The files by which the server tells that another one runs."""
        return [self.pidfile]

    @abstractmethod
    def command(self) -> list[str]:
        """The command line that starts it in the foreground."""

    @property
    @abstractmethod
    def address(self) -> str:
        """The path of the socket on which it listens."""

    @abstractmethod
    def ready(self) -> bool:
        """It answers."""

    @abstractmethod
    def prepare(self) -> None:
        """Make the data folder ready for a start."""

    def bootstrap(self) -> None:  # noqa: B027
        """Finish a server that is up: roles, databases. Idempotent."""

    def alive(self) -> bool:
        """Something accepts connections, however slow it is to answer: it must be stopped too."""
        with socket.socket(socket.AF_UNIX) as connection:
            try:
                connection.connect(self.address)
            except OSError:
                return False
        return True

    # ---- users ----

    def attach(self) -> None:
        """Make sure the server is up, and count this process as a user of it."""
        if self._users and self._owner == os.getpid():
            return
        paths.make_private(self.where, self.account)
        paths.make_private(self.sockets, self.account)
        with self._alone():
            users = (self.where / "users.lock").open("a")
            fcntl.flock(users, fcntl.LOCK_SH)
            if not self.alive():
                self._start()
            self._wait_until_ready(None)
            self.bootstrap()
        self._users, self._owner = users, os.getpid()
        atexit.register(self.detach)

    def detach(self) -> None:
        """Stop counting this process, and stop the server when it was the last one."""
        if not self._users or os.getpid() != self._owner:
            return
        users, self._users = self._users, None
        with self._alone(), users, suppress(BlockingIOError):
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self.stop()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with (self.where / "start.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    # ---- start ----

    def _start(self) -> None:
        self._forget_stale_locks()
        self.prepare()
        for _ in range(self.attempts - 1):
            with suppress(StartFailed):
                self._launch()
                return
            time.sleep(0.5)
        self._launch()

    def _launch(self) -> None:
        with self._new_log() as log:
            self._child = subprocess.Popen(
                self.command(), **self._as_account(), stdout=log, stderr=log, start_new_session=True
            )
        self._wait_until_ready(self._child)

    def _new_log(self) -> IO[bytes]:
        """One log a start, with the one before kept, so that logs do not grow for ever."""
        if self.log.exists():
            self.log.replace(self.log.with_name("log.before"))
        return self.log.open("ab")

    def _wait_until_ready(self, child: subprocess.Popen[bytes] | None) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self.ready():
            ended = child is not None and child.poll() is not None
            if ended or time.monotonic() > deadline:
                raise StartFailed(
                    f"{self.name} 未能启动。日志的结尾： / It did not start. The end of its log:\n"
                    f"{self.log}\n{self._log_tail()}"
                )
            time.sleep(POLL_SECONDS)

    def _log_tail(self) -> str:
        return self.log.read_text(errors="replace")[-2000:] if self.log.exists() else "–"

    def _as_account(self) -> dict[str, Any]:
        common: dict[str, Any] = {"cwd": "/", "stdin": subprocess.DEVNULL}
        if self.account:
            ids = {"user": self.account.pw_uid, "group": self.account.pw_gid}
            common |= {**ids, "extra_groups": []}
        return common

    def run(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        """Run a helper program (initdb) under the server's account."""
        words = [str(word) for word in arguments]
        return subprocess.run(words, **self._as_account(), capture_output=True, text=True)

    # ---- stop ----

    def pid(self) -> int | None:
        """The process id that the server wrote down, if it did."""
        try:
            return int(self.pidfile.read_text().split()[0])
        except (OSError, ValueError, IndexError):
            return None

    def stop(self) -> None:
        """Ask the server to end, and wait until it has."""
        pid = self.pid()
        if not pid or not self.alive():  # never signal a pid out of a stale file
            return
        with suppress(ProcessLookupError):
            os.kill(pid, self.stop_signal)
        deadline = time.monotonic() + STOP_SECONDS
        while self.pidfile.exists() and time.monotonic() < deadline:
            with suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
            time.sleep(POLL_SECONDS)

    def _forget_stale_locks(self) -> None:
        """Remove the files that would make the server refuse to start.

        After a reboot the pid may be another program's; after kill -9 it may be a zombie's.
        """
        pid = self.pid()
        if not pid or self.program not in program_of(pid):
            for path in self.lock_files():
                path.unlink(missing_ok=True)
