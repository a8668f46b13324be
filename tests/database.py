"""The databases of a test run, as a pytest plugin.

One template database holds the migrated tables. It is rebuilt when a migration, the tenancy
rules or the settings changed, and kept otherwise. Each test process leases a number; its
database is a clone of the template (about a tenth of a second) and its Valkey database has
that number. The lease is an advisory lock, so two runs at once do not meet, and the kernel
ends it when a process is killed.

An external REDIS_URL must have as many databases as there are test processes at once.
"""

import hashlib
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from django.conf import settings
from django.core.cache import caches
from django.core.management import call_command
from django.core.signals import setting_changed
from django.db import connections
from django.test import TransactionTestCase

from core import tenancy
from partnercenter.devstack import stack
from partnercenter.urls_of_servers import for_celery

TEMPLATE = "test_partnercenter_template"
ALIASES = ("default", "owner")
SLOTS = range(1, 250)
_SLOT_LOCKS = 20261  # the first key of the advisory locks that are leases
_TEMPLATE_LOCK = "hashtext('test_partnercenter_template')"


def pytest_sessionstart(session: pytest.Session) -> None:
    """Start the test stack; in a process that runs tests, lease a number as well."""
    stack.attach()
    if not _only_distributes(session.config):
        _use_valkey_database(slot())


def _only_distributes(config: pytest.Config) -> bool:
    return bool(getattr(config.option, "numprocesses", 0)) and not hasattr(config, "workerinput")


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_blocker: Any, django_db_createdb: bool
) -> Iterator[None]:
    """Replaces pytest-django's: clone the template, and clone again after each real commit."""
    flush = TransactionTestCase._fixture_teardown
    TransactionTestCase._fixture_teardown = lambda case: _start_over()
    with django_db_blocker.unblock(), _template_alone():
        _refresh_template(force=django_db_createdb)
        _clone()
    yield
    TransactionTestCase._fixture_teardown = flush
    with django_db_blocker.unblock():
        connections.close_all()
        for name in _MADE:
            _drop(_kept(name))


# ---- the lease ----


@cache
def _server() -> psycopg.Connection[Any]:
    """The owner's own connection, beside Django's, open while the process lives."""
    parameters = connections["owner"].get_connection_params()
    return psycopg.connect(**(parameters | {"dbname": "postgres"}), autocommit=True)


@cache
def slot() -> int:
    """The number of this test process."""
    for number in SLOTS:
        taken = _server().execute(f"SELECT pg_try_advisory_lock({_SLOT_LOCKS}, {number})")
        if taken.fetchone()[0]:
            return number
    raise RuntimeError("too many test processes at once")


def _use_valkey_database(number: int) -> None:
    url = _with_database(settings.REDIS_URL, number)
    settings.REDIS_URL = url
    settings.CELERY_BROKER_URL = for_celery(url)
    settings.CACHES["default"]["LOCATION"] = url
    setting_changed.send(sender=None, setting="CACHES", value=settings.CACHES, enter=True)
    caches["default"].clear()


def _with_database(url: str, number: int) -> str:
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return f"unix://{parts.path}?db={number}"  # urlunsplit drops the slashes
    return urlunsplit(parts._replace(path=f"/{number}"))


# ---- template and clone ----


class _template_alone:
    """One process at a time looks at the template, rebuilds it or copies it."""

    def __enter__(self) -> None:
        _server().execute(f"SELECT pg_advisory_lock({_TEMPLATE_LOCK})")

    def __exit__(self, *error: object) -> None:
        _server().execute(f"SELECT pg_advisory_unlock({_TEMPLATE_LOCK})")


def _refresh_template(*, force: bool) -> None:
    """Migrate a new template when the source of its tables changed."""
    wanted = _fingerprint()
    if not force and _described_as() == wanted:
        return
    _drop(TEMPLATE)
    _server().execute(f"CREATE DATABASE {TEMPLATE} TEMPLATE template0")
    _point_aliases_at(TEMPLATE)
    call_command("migrate", database="owner", interactive=False, verbosity=0)
    connections.close_all()
    _server().execute(f"COMMENT ON DATABASE {TEMPLATE} IS '{wanted}'")


def _described_as() -> str | None:
    found = _server().execute(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s",
        [TEMPLATE],
    )
    row = found.fetchone()
    return row[0] if row else None


def _fingerprint() -> str:
    root = settings.BASE_DIR
    files = [
        *sorted(root.glob("*/migrations/*.py")),
        *sorted(root.glob("partnercenter/settings*.py")),
        *(root / "core/tenancy.py", root / "requirements.lock"),
    ]
    digest = hashlib.sha256()
    for file in files:
        digest.update(str(file.relative_to(root)).encode() + file.read_bytes())
    return digest.hexdigest()


def _clone() -> None:
    _copy(TEMPLATE, _own())
    _point_aliases_at(_own())


def _start_over() -> None:
    """After a test that committed: a fresh clone, in which nothing is left behind.

    Django would TRUNCATE, which the application's role may not, and which would take the
    rows that migrations made.
    """
    connections.close_all()
    with _template_alone():
        _clone()


_MADE: dict[str, Any] = {}  # what was made for copies, and is kept under its name


def copy_of(name: str, make: Callable[[], Any]) -> Any:
    """What `make` makes in a fresh database: once a test process, and a copy for each test that
    asks again. Only of tests that commit. Returns what `make` returned."""
    if name not in _MADE:
        _MADE[name] = make()
        _copy(_own(), _kept(name))
    else:
        _copy(_kept(name), _own())
    _point_aliases_at(_own())
    with connections["default"].cursor() as cursor:
        cursor.execute(f"SET ROLE {tenancy.VENDOR}")  # as whoever begins a test
    return _MADE[name]


def _copy(source: str, target: str) -> None:
    connections.close_all()
    _drop(target)
    _server().execute(f"CREATE DATABASE {target} TEMPLATE {source}")


def _own() -> str:
    return f"test_partnercenter_{slot()}"


def _kept(name: str) -> str:
    return f"{_own()}_{name}"


def _drop(name: str) -> None:
    """Drop a database together with whoever is still connected to it."""
    server = _server()
    server.execute(f"SET ROLE {tenancy.APP}")  # a role may end its own sessions only
    server.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        " WHERE datname = %s AND usename = current_user",
        [name],
    )
    server.execute("RESET ROLE")
    server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _point_aliases_at(name: str) -> None:
    for alias in ALIASES:
        connections[alias].close()
        connections[alias].settings_dict["NAME"] = name
