"""The tests can fail: each fault that is planted in the product is found by those named for it.

A fault is a patch. It begins with the tests that must fail, and why somebody might write it:

    # Expect: tests/core/test_paging.py::test_going_back_shows_the_page_before
    # One key alone seems enough, until two rows share it.
    diff --git a/core/lists/paging.py b/core/lists/paging.py

The patches apply to a copy of the project, so that nobody else's run meets a fault.
"""

import json
import os
import re
import select
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import pytest

from .applying import FAULTS, ROOT, git, why_not

pytestmark = pytest.mark.slow
_EXPECT = "# Expect: "
_SECONDS = 120


def _expected(fault: Path) -> list[str]:
    return fault.read_text().splitlines()[0].removeprefix(_EXPECT).split()


def _named() -> dict[str, list[str]]:
    """The tests that find faults, by their files."""
    tests = sorted({test for fault in FAULTS for test in _expected(fault)})
    return {file: list(of) for file, of in groupby(tests, lambda test: test.partition("::")[0])}


NAMED = _named()
# What the template database is made from (tests/database.py): a fault there asks for another
# template, which it must not take from the tests that run beside it.
_SHAPES_THE_DATABASE = ("/migrations/", "partnercenter/settings", "core/tenancy.py")


@pytest.fixture(scope="session")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The working tree without what git ignores, once a test process."""
    into = tmp_path_factory.mktemp("project")
    listed = git("ls-files", "-z", "-co", "--exclude-standard", where=ROOT)
    for name in filter(None, listed.stdout.split("\0")):
        if (source := ROOT / name).is_file():  # a file deleted but not committed is still listed
            (into / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, into / name)
    for name in (".venv", "node_modules", "staticfiles"):
        if (source := ROOT / name).exists():
            (into / name).symlink_to(source)
    return into


@dataclass
class Run:
    code: int
    said: str


class Warm:
    """Runs pytest in the copy, in forks of one process (warm.py)."""

    def __init__(self, copy: Path) -> None:
        self._copy, self._out = copy, copy.parent / "said.txt"
        words = [sys.executable, "-P", str(Path(__file__).with_name("warm.py"))]
        self._process = subprocess.Popen(
            words, cwd=copy, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self, tests: list[str], *, own_stack: bool) -> Run:
        words = ["-p", "no:cacheprovider", "-p", "no:xdist", *tests]
        asked = {
            "words": words,
            "cwd": str(self._copy),
            "env": _environment(own_stack),
            "out": str(self._out),
        }
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        answered, *_rest = select.select([self._process.stdout], [], [], _SECONDS)
        said = self._out.read_text()
        assert answered, f"no end after {_SECONDS} s\n{said[-4000:]}"
        return Run(int(self._process.stdout.readline()), said)

    def end(self) -> None:
        self._process.kill()
        self._process.wait()


@pytest.fixture(scope="session")
def warm(copy: Path) -> Iterator[Warm]:
    process = Warm(copy)
    yield process
    process.end()


@pytest.mark.parametrize("fault", FAULTS, ids=lambda path: path.stem)
def test_the_fault_is_found(fault: Path, copy: Path, warm: Warm) -> None:
    expected = _expected(fault)
    with _planted(fault, copy) as files:
        run = warm.run(expected, own_stack=_shapes_the_database(files))
    _assert_failed(run, expected)


@pytest.mark.parametrize("file", NAMED)
def test_without_a_fault_the_named_tests_pass(file: str, warm: Warm) -> None:
    """Else a fault would be found by a test that fails anyhow, or only in the copy."""
    run = warm.run(NAMED[file], own_stack=False)
    assert run.code == 0, run.said[-6000:]


def test_every_fault_names_its_tests_and_its_reason() -> None:
    for fault in FAULTS:
        expect, reason, *_rest = fault.read_text().splitlines()
        assert expect.startswith(_EXPECT + "tests/") and "::" in expect, fault.name
        assert re.fullmatch(r"# \S.+", reason), fault.name


# ---- planting ----


@contextmanager
def _planted(fault: Path, copy: Path) -> Iterator[list[str]]:
    """Apply the patch; afterwards the files are as they were, to the byte and the second.

    The time matters: Python takes bytecode for fresh by it.
    """
    assert not (why := why_not(fault, copy)), why
    files = re.findall(r"^\+\+\+ b/(.+)$", fault.read_text(), re.MULTILINE)
    before = {name: ((copy / name).read_bytes(), (copy / name).stat()) for name in files}
    git("apply", str(fault), where=copy)
    try:
        assert all((copy / name).read_bytes() != was for name, (was, _stat) in before.items())
        yield files
    finally:
        for name, (was, stat) in before.items():
            (copy / name).write_bytes(was)
            os.utime(copy / name, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def _shapes_the_database(files: list[str]) -> bool:
    return any(part in name for name in files for part in _SHAPES_THE_DATABASE)


# ---- running ----


def _environment(own_stack: bool) -> dict[str, str]:
    env = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "COV_"))}
    home = Path(env.get("DEVSTACK_HOME") or ROOT / ".local")
    if own_stack:
        home /= "faults"
        env = {k: v for k, v in env.items() if k not in ("DATABASE_URL", "REDIS_URL")}
    # Of the project, not of its copy: those servers run already.
    return env | {"DEVSTACK_HOME": str(home)}


def _assert_failed(run: Run, expected: list[str]) -> None:
    """Each named test failed; it neither passed nor broke before it could say anything."""
    said = run.said[-6000:]
    assert run.code == 1, said
    assert re.search(r"^\d+ failed", run.said, re.MULTILINE), said
    assert not re.search(r"^ERROR tests/|error during collection|ImportError while", said, re.M), (
        said
    )
    for test in expected:
        assert f"FAILED {test}" in run.said, said
