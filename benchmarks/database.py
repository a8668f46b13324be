"""The databases that benches measure on: one for each number of customers, made once and kept.

They lie on the server of the project's own database, beside it. The world in one is made anew
when its source or the month changed: lists show this month's consumption.
"""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

import psycopg
from django.conf import settings
from django.db import connections
from django.utils.translation import gettext as _

from core import clock

Say = Callable[[str], None]

DAYS = 45  # of daily figures
SEED = 20
EMPTY = "template0"  # what a database begins as, before it is migrated
# The embedded Valkey has 256 databases; others have 16. The project itself uses the first.
VALKEY_DATABASE = 15


@dataclass(frozen=True)
class World:
    """A seeded database."""

    name: str
    customers: int
    until: date = date.min  # the last day of figures

    @property
    def business_date(self) -> date:
        return self.until + timedelta(days=1)

    @property
    def environment(self) -> dict[str, str]:
        """What makes a process of the product work on this database."""
        return os.environ | {
            **_addresses(self.name),
            "REDIS_URL": _with_database(settings.REDIS_URL),
            "SECRET_KEY": settings.SECRET_KEY,
            "DJANGO_SETTINGS_MODULE": settings.SETTINGS_MODULE,
            "PYTHONPATH": str(settings.BASE_DIR),
            "DB_POOL": "",
            "DEMO": "false",
            "SECOND_FACTOR_REQUIRED": "true",
            "ALLOWED_HOSTS": "127.0.0.1",
            "LOG_LEVEL": "ERROR",
        }


def ensure(customers: int, say: Say) -> World:
    """The database with this many customers, its alerts raised. Two at once make it once."""
    name = f"bench_{customers}"
    with _server() as server:
        server.execute("SELECT pg_advisory_lock(hashtext(%s))", [name])
        return _ensure(name, customers, say)


def _ensure(name: str, customers: int, say: Say) -> World:
    until = clock.today() - timedelta(days=1)
    wanted = {"source": _fingerprint(), "month": f"{until:%Y-%m}"}
    found = _description(name)
    if found and {key: found.get(key) for key in wanted} == wanted:
        world = World(name, customers, date.fromisoformat(found["until"]))
        manage(world, "migrate", "--skip-checks", "--verbosity=0")
        return world
    world = World(name, customers, until)
    _seed(world, say)
    _describe(name, wanted | {"until": until.isoformat()})
    return world


def _seed(world: World, say: Say) -> None:
    values = {"name": world.name, "customers": f"{world.customers:,}", "days": DAYS}
    say(_("建立数据库 %(name)s：%(customers)s 个客户 × %(days)s 天 …") % values)
    with _server() as server:
        server.execute(f'DROP DATABASE IF EXISTS "{world.name}"')
        server.execute(f'CREATE DATABASE "{world.name}" TEMPLATE {EMPTY}')
    manage(world, "migrate", "--skip-checks", "--verbosity=0")
    manage(
        world,
        *("seed_world", f"--customers={world.customers}", f"--days={DAYS}", f"--seed={SEED}"),
        *(f"--partners={max(6, min(200, world.customers // 500))}", f"--until={world.until}"),
    )
    say(_("生成预警 …"))
    run_inside(world, "raise_alerts", business_date=world.business_date.isoformat())
    run_inside(world, "add_history", alerts=world.customers)


def manage(world: World, *words: str) -> None:
    """Run a management command on the database; its complaints are shown when it fails."""
    done = subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=settings.BASE_DIR,
        env=world.environment,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"{words[0]}: {done.stderr[-3000:]}")


def run_inside(world: World, act: str, **arguments: Any) -> Any:
    """Call an act of inside/ in a process of the product; returns what it returns."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "benchmarks.inside", act, json.dumps(arguments)],
        cwd=settings.BASE_DIR,
        env=world.environment,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"{act}: {done.stderr[-3000:]}")
    return json.loads(done.stdout.splitlines()[-1])


# ---- what a database holds is written in its comment ----


def _fingerprint() -> str:
    digest = hashlib.sha256(f"{DAYS} {SEED} with alerts of the past".encode())
    for file in sorted((settings.BASE_DIR / "partnercenter" / "world").glob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _description(name: str) -> dict[str, str] | None:
    with _server() as server:
        row = server.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s",
            [name],
        ).fetchone()
    return json.loads(row[0]) if row and row[0] else None


def _describe(name: str, values: dict[str, str]) -> None:
    with _server() as server:
        text = json.dumps(values).replace("'", "''")
        server.execute(f"COMMENT ON DATABASE \"{name}\" IS '{text}'")


def _server() -> psycopg.Connection[Any]:
    parameters = connections["owner"].get_connection_params() | {"dbname": "postgres"}
    for of_django in ("cursor_factory", "context"):
        parameters.pop(of_django, None)
    return psycopg.connect(**parameters, autocommit=True)


# ---- addresses ----


def _addresses(name: str) -> dict[str, str]:
    app, owner = (
        connections[alias].settings_dict | {"NAME": name} for alias in ("default", "owner")
    )
    if "options" in app.get("OPTIONS", {}):  # it signs in as the owner and steps down
        return {"DATABASE_URL": _url(owner), "DATABASE_OWNER_URL": ""}
    return {"DATABASE_URL": _url(app), "DATABASE_OWNER_URL": _url(owner)}


def _url(database: dict[str, Any]) -> str:
    user = quote(database["USER"], safe="")
    if database.get("PASSWORD"):
        user += ":" + quote(database["PASSWORD"], safe="")
    host, options = database.get("HOST", ""), dict(database.get("OPTIONS", {}))
    options = {key: value for key, value in options.items() if isinstance(value, str)}
    if host.startswith("/"):
        options, host = options | {"host": host}, ""
    port = f":{database['PORT']}" if host and database.get("PORT") else ""
    query = f"?{urlencode(options)}" if options else ""
    return f"postgres://{user}@{host}{port}/{database['NAME']}{query}"


def _with_database(url: str) -> str:
    """Beside the project's own keys; a test process has a database of its own already."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return url if "db=0" not in parts.query and parts.query else _unix(parts.path)
    if parts.path not in ("", "/", "/0"):
        return url
    return urlunsplit(parts._replace(path=f"/{VALKEY_DATABASE}"))


def _unix(path: str) -> str:
    return f"unix://{path}?db={VALKEY_DATABASE}"
