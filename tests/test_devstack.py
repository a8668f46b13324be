"""The embedded servers, run for real in folders of their own."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from partnercenter.devstack import paths
from partnercenter.devstack.processes import end_groups, program_of

PROJECT = paths.PROJECT

# A process of the product: attach, say the pids, wait for the end of its input.
USER = """
import sys
from partnercenter.devstack.stack import local, needed, attach
attach()
print(*[server.pid() for server in needed()], flush=True)
sys.stdin.read()
"""
SUPERVISOR = """
import sys
from pathlib import Path
from partnercenter.devstack import stack, supervise
stack.attach()
say_pid = "os.write(1, (str(os.getpid()) + os.linesep).encode())"
forking = f"import os, time; os.fork(); {say_pid}; time.sleep(60)"
supervise.run(
    {"web": supervise.Command((sys.executable, "-c", forking))},
    folder=Path.cwd(),
    say=lambda line: print(line, flush=True),
)
"""


class Clone:
    """A clone of the project as far as the servers care: a folder and its environment."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.users: list[subprocess.Popen[str]] = []
        inherited = {k: v for k, v in os.environ.items() if not k.endswith("_URL")}
        self.environment = {
            **inherited,
            "DEVSTACK_HOME": str(folder / ".local"),
            "DEVSTACK_NAME": "dev",
            **environment,
        }

    def start(self, program: str = USER) -> subprocess.Popen[str]:
        user = subprocess.Popen(
            [sys.executable, "-c", program],
            cwd=PROJECT,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.users.append(user)
        return user

    def attach(self) -> list[int]:
        """A new user of the servers; their pids."""
        output = self.start().stdout
        assert output
        return [int(word) for word in output.readline().split()]

    def leave(self) -> None:
        """The newest user ends in order."""
        user = self.users.pop()
        user.communicate(timeout=40)
        assert user.returncode == 0

    def query(self, sql: str, user: str = "partnercenter_owner") -> list[tuple[object, ...]]:
        host = str(self.folder / ".local/dev/pg/s")
        with psycopg.connect(host=host, user=user, dbname="partnercenter") as connection:
            cursor = connection.execute(sql)
            return cursor.fetchall() if cursor.description else []


@pytest.fixture
def clone() -> Iterator[Clone]:
    folder = Path(tempfile.mkdtemp(prefix="pc-", dir="/tmp"))
    folder.chmod(0o755)
    clone = Clone(folder)
    yield clone
    while clone.users:
        clone.leave() if clone.users[-1].poll() is None else clone.users.pop()
    shutil.rmtree(folder)


def wait_until_gone(*pids: int) -> None:
    deadline = time.monotonic() + 15
    while any(program_of(pid) for pid in pids):
        assert time.monotonic() < deadline, f"still running: {pids}"
        time.sleep(0.05)


def test_several_processes_share_one_server_and_the_last_stops_it(clone: Clone) -> None:
    first = clone.attach()
    assert clone.attach() == first
    clone.leave()
    assert all(program_of(pid) for pid in first)
    clone.leave()
    wait_until_gone(*first)


def test_data_is_kept_when_the_postmaster_is_killed(clone: Clone) -> None:
    postmaster, valkey = clone.attach()
    clone.query("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")
    os.kill(postmaster, signal.SIGKILL)
    wait_until_gone(postmaster)
    restarted, same_valkey = clone.attach()
    assert restarted != postmaster and same_valkey == valkey
    assert clone.query("SELECT count(*) FROM kept") == [(1000,)]


def test_a_killed_user_does_not_keep_the_servers_up_for_ever(clone: Clone) -> None:
    servers = clone.attach()
    killed = clone.users.pop()
    killed.kill()
    killed.communicate()
    assert clone.attach() == servers
    clone.leave()
    wait_until_gone(*servers)


def test_a_server_that_is_slow_to_answer_is_stopped_all_the_same(clone: Clone) -> None:
    servers = _postmaster, valkey = clone.attach()
    os.kill(valkey, signal.SIGSTOP)
    user = clone.users.pop()
    assert user.stdin
    user.stdin.close()
    time.sleep(3)  # meanwhile it stops the servers, of which one is mute
    os.kill(valkey, signal.SIGCONT)
    wait_until_gone(*servers)
    user.wait()


def test_killing_the_supervisor_ends_its_children_and_the_servers(clone: Clone) -> None:
    supervisor = clone.start(SUPERVISOR)
    assert supervisor.stdout
    lines = [supervisor.stdout.readline() for _ in range(2)]  # a child and what it forked
    pids = [int(line.rpartition("|")[2]) for line in lines]
    servers = clone.attach()
    clone.leave()
    supervisor.kill()
    supervisor.communicate()
    wait_until_gone(*pids, *servers)


def test_addresses_in_the_environment_replace_the_servers(clone: Clone) -> None:
    clone.environment |= {"DATABASE_URL": "postgres://nowhere/x", "REDIS_URL": "redis://nowhere"}
    assert clone.attach() == []
    clone.leave()
    assert not (clone.folder / ".local").exists()


def listening(pid: int) -> list[str]:
    """The TCP addresses on which a process listens, in the kernel's spelling."""
    rows = [
        line.split()
        for name in ("tcp", "tcp6")
        for line in Path(f"/proc/{pid}/net/{name}").read_text().splitlines()[1:]
    ]
    by_socket = {f"socket:[{row[9]}]": row[1] for row in rows if row[3] == "0A"}
    return [by_socket[name] for name in opened(pid) if name in by_socket]


def opened(pid: int) -> Iterator[str]:
    for fd in list(Path(f"/proc/{pid}/fd").iterdir()):
        with suppress(FileNotFoundError):  # closed meanwhile, as that of this very folder
            yield str(fd.readlink())


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="asked of Linux")
def test_the_servers_listen_on_no_network(clone: Clone) -> None:
    before = set(listening(os.getpid()))  # a live server of an earlier test, perhaps
    with socket.create_server(("127.0.0.1", 0)):
        assert len(set(listening(os.getpid())) - before) == 1  # the question can be answered
        assert [listening(pid) for pid in clone.attach()] == [[], []]


def test_roles_and_locale_are_those_of_production(clone: Clone) -> None:
    clone.attach()
    assert clone.query(
        "SELECT datlocprovider, datlocale, datctype FROM pg_database"
        " WHERE datname = current_database()"
    ) == [("b", "C.UTF-8", "C.UTF-8")]
    members = (
        "SELECT roleid::regrole::text, inherit_option, set_option FROM pg_auth_members"
        " WHERE member = '{}'::regrole ORDER BY 1"
    )
    assert clone.query(members.format("partnercenter_app")) == [
        ("partnercenter_customer", False, True),
        ("partnercenter_vendor", False, True),
    ]
    assert clone.query(
        "SELECT rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = current_user",
        "partnercenter_app",
    ) == [(False,) * 3]
    clone.query("CREATE EXTENSION pg_trgm")
    assert clone.query("SELECT similarity('深圳云科技', '深圳云') > 0.3") == [(True,)]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root drops to another account")
def test_a_project_that_only_root_may_enter_stays_closed(clone: Clone) -> None:
    clone.folder.chmod(0o700)
    servers = clone.attach()
    assert clone.folder.stat().st_mode & 0o777 == 0o700
    assert not (clone.folder / ".local").exists()
    assert {Path(f"/proc/{pid}").owner() for pid in servers} == {"nobody"}
    clone.leave()
    shutil.rmtree(Path("/var/tmp") / paths.short_name(clone.folder / ".local"))


def test_a_stubborn_program_is_killed_with_its_group() -> None:
    stubborn = (
        "import signal, time; signal.signal(15, signal.SIG_IGN);"
        " print('up', flush=True); time.sleep(600)"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", stubborn], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert child.stdout and child.stdout.readline() == "up\n"
    end_groups([child.pid], grace=0.2)
    assert child.wait(5) == -signal.SIGKILL
