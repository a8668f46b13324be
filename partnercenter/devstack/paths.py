"""Where the embedded servers live, and under which account they run."""

import hashlib
import os
import pwd
import stat
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]

# A unix socket's path holds 107 bytes on Linux and 103 on macOS.
SOCKET_PATH_LIMIT = 100


class StartFailed(RuntimeError):
    """A server could not be started; the message is for the person at the terminal."""


def server_account() -> pwd.struct_passwd | None:
    """The account to drop to. PostgreSQL refuses uid 0, so root needs another that exists."""
    if os.geteuid() != 0:
        return None
    return pwd.getpwnam(os.environ.get("DEVSTACK_USER") or "nobody")


def reachable(path: Path, account: pwd.struct_passwd) -> bool:
    """May `account` walk to `path`? The folders above are the user's and are never chmodded."""
    return all(_may_enter(part, account) for part in [path, *path.parents] if part.exists())


def _may_enter(path: Path, account: pwd.struct_passwd) -> bool:
    status = path.stat()
    if status.st_uid == account.pw_uid:
        return bool(status.st_mode & stat.S_IXUSR)
    if status.st_gid == account.pw_gid:
        return bool(status.st_mode & stat.S_IXGRP)
    return bool(status.st_mode & stat.S_IXOTH)


def short_name(path: Path) -> str:
    """A short folder name that stands for a long path."""
    return "partnercenter-" + hashlib.sha256(str(path).encode()).hexdigest()[:10]


def home(name: str) -> Path:
    """The folder of one stack: <project>/.local/<name>.

    When root owns a project that the server's account cannot reach (/root/...), it is
    /var/tmp/<hash>/<name> instead.
    """
    base = Path(os.environ.get("DEVSTACK_HOME") or PROJECT / ".local")
    account = server_account()
    if account and not reachable(base, account):
        base = Path("/var/tmp") / short_name(base)
    return base / name


def socket_dir(where: Path) -> Path:
    """The folder of a server's socket: inside its own, or a short one when that is too long."""
    if len(str(where / "s" / ".s.PGSQL.5432")) <= SOCKET_PATH_LIMIT:
        return where / "s"
    return Path("/tmp") / short_name(where)


def make_private(path: Path, account: pwd.struct_passwd | None) -> None:
    """Create `path` for the server's account alone, whatever the umask is."""
    _make_parents(path.parent)
    path.mkdir(exist_ok=True, mode=0o700)
    owner = path.lstat()
    # In /tmp somebody else may have been first: never hand over or use a folder of theirs.
    trusted = {os.geteuid(), account.pw_uid if account else os.geteuid()}
    if not stat.S_ISDIR(owner.st_mode) or owner.st_uid not in trusted:
        raise StartFailed(
            f"{path} 属于其他用户，请删除它后重试。\n"
            "It belongs to another user: delete it and retry."
        )
    if account:
        os.chown(path, account.pw_uid, account.pw_gid)
    path.chmod(0o700)


def _make_parents(path: Path) -> None:
    if path.exists():
        return
    _make_parents(path.parent)
    path.mkdir(exist_ok=True)
    path.chmod(0o755)
