"""Run a few commands as one foreground program, until one ends or we are told to stop."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from .processes import end_groups

GRACE_SECONDS = 10


@dataclass(frozen=True)
class Command:
    """A program of the group, and what its environment has beyond ours."""

    words: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)


def run(
    commands: Mapping[str, Command],
    *,
    folder: Path,
    say: Callable[[str], object],
    started: Callable[[], object] = lambda: None,
) -> int:
    """Run them all; return the exit code of the one that ended by itself, or 0."""
    asked = _stop_signals()
    keeper = _start_keeper(folder)
    children: dict[str, subprocess.Popen[str]] = {}
    try:
        for name, command in commands.items():
            children[name] = child = _start(command, folder)
            _tell(keeper, f"hold {child.pid}")
            _relay(name, child.stdout, say)
        threading.Thread(target=started, daemon=True).start()
        return _watch({**children, "keeper": keeper}, asked, say)
    finally:
        end_groups([child.pid for child in children.values()], grace=GRACE_SECONDS)
        _tell(keeper, "done")
        keeper.wait()


def _stop_signals() -> threading.Event:
    asked = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: asked.set())
    return asked


def _start_keeper(folder: Path) -> subprocess.Popen[str]:
    words = [sys.executable, "-m", "partnercenter.devstack.keeper"]
    return subprocess.Popen(
        words, cwd=folder, stdin=subprocess.PIPE, text=True, start_new_session=True
    )


def _tell(keeper: subprocess.Popen[str], line: str) -> None:
    assert keeper.stdin
    try:
        keeper.stdin.write(line + "\n")
        keeper.stdin.flush()
    except BrokenPipeError:  # the keeper was killed: _watch will see it
        pass


def _start(command: Command, folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command.words,
        cwd=folder,
        env={**os.environ, **command.environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )


def _relay(name: str, lines: IO[str] | None, say: Callable[[str], object]) -> None:
    def copy() -> None:
        for line in lines or ():
            if line.strip():
                say(f"{name:>6} | {line.rstrip()}")

    threading.Thread(target=copy, daemon=True).start()


def _watch(
    children: Mapping[str, subprocess.Popen[str]],
    asked: threading.Event,
    say: Callable[[str], object],
) -> int:
    while not asked.wait(0.2):
        for name, child in children.items():
            if child.poll() is not None:
                say(f"{name} 已退出 / ended ({child.returncode})")
                return child.returncode or 1
    say("正在停止 / stopping …")
    return 0
