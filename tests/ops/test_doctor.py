"""doctor: each thing that can be wrong is found, says why it matters and what mends it."""

import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import connections
from django.utils import translation

from ops import schema
from ops.checks import database, deployment, servers
from ops.rows import Level, Panel
from tests.factories import NOW

GOOD_KEY = "Zq8-long-enough-and-random-XyW3nT5vB7mK9pL2cR4sD6fG8hJ1aE0u"


def levels(rows) -> dict[str, str]:
    rows = list(rows)
    for row in rows:
        assert row.level is Level.OK or (row.why and row.mend), row
    return {row.key: row.level.value for row in rows}


# ---- settings ----


@pytest.fixture
def production(settings):
    """Settings in which nothing is to be found."""
    settings.SECRET_KEY, settings.DEBUG, settings.DEMO = GOOD_KEY, False, False
    settings.ALLOWED_HOSTS = ["partner.example.com"]
    settings.PUBLIC_URL = "https://partner.example.com"
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    settings.TRUSTED_PROXIES = 1
    return settings


def test_good_settings_are_one_row_that_says_so(production):
    assert levels(deployment.settings_rows(NOW)) == {"settings": "ok"}


@pytest.mark.parametrize(
    ("name", "value", "key", "level"),
    [
        ("SECRET_KEY", "short", "settings.secret_key", "bad"),
        ("SECRET_KEY", "a" * 60, "settings.secret_key", "bad"),
        ("DEBUG", True, "settings.debug", "bad"),
        ("DEMO", True, "settings.demo", "warn"),
        ("ALLOWED_HOSTS", ["*"], "settings.any_host", "bad"),
        ("PUBLIC_URL", "", "settings.public_url", "warn"),
        ("PUBLIC_URL", "https://other.example.com", "settings.public_host", "bad"),
        ("PUBLIC_URL", "http://partner.example.com", "settings.public_scheme", "warn"),
        ("SESSION_COOKIE_SECURE", False, "settings.https", "bad"),
        ("CSRF_COOKIE_SECURE", False, "settings.https", "bad"),
        ("TRUSTED_PROXIES", 0, "settings.proxies", "warn"),
    ],
)
def test_a_setting_that_is_wrong_is_found(production, name, value, key, level):
    setattr(production, name, value)
    assert levels(deployment.settings_rows(NOW)) == {key: level}


def test_hosts_of_this_machine_alone_are_found(production):
    production.ALLOWED_HOSTS = ["localhost", "127.0.0.1"]
    production.PUBLIC_URL = "https://localhost"
    assert levels(deployment.settings_rows(NOW)) == {"settings.only_local": "warn"}


# ---- the database ----

GOOD = database.Facts(
    version=18,
    role="partnercenter_app",
    is_bound=True,
    encoding="UTF8",
    provider="b",
    ctype="C.UTF-8",
    size=1,
    connections=5,
    most_connections=100,
    time_zone="UTC",
    now=NOW,
    long_transactions=0,
    invalid_indexes=[],
    open_tables=[],
    missing_partitions=[],
    has_btree_gin=True,
)


def test_a_good_database_is_all_right():
    assert set(levels(database.judged(GOOD, NOW)).values()) == {"ok"}


@pytest.mark.parametrize(
    ("change", "key", "level"),
    [
        ({"version": 16}, "database.version", "bad"),
        ({"is_bound": False}, "database.role", "bad"),
        ({"encoding": "SQL_ASCII"}, "database.locale", "bad"),
        ({"ctype": "C"}, "database.locale", "bad"),
        ({"provider": "c", "ctype": "en_US.utf8"}, "database.provider", "warn"),
        ({"has_btree_gin": False}, "database.btree_gin", "bad"),
        ({"open_tables": ["jobs_job"]}, "database.walls", "bad"),
        ({"time_zone": "Asia/Shanghai"}, "database.time_zone", "bad"),
        ({"now": NOW + timedelta(seconds=5)}, "database.clock", "warn"),
        ({"now": NOW - timedelta(minutes=5)}, "database.clock", "bad"),
        ({"invalid_indexes": ["x_idx"]}, "database.indexes", "bad"),
        ({"missing_partitions": ["billing_chargeline_2026_12"]}, "database.partitions", "warn"),
        ({"long_transactions": 1}, "database.transactions", "warn"),
        ({"connections": 95}, "database.connections", "warn"),
    ],
)
def test_what_is_wrong_with_a_database_is_found(change, key, level):
    found = levels(database.judged(replace(GOOD, **change), NOW))
    assert {k: v for k, v in found.items() if v != "ok"} == {key: level}


@pytest.mark.django_db
def test_the_database_says_itself_what_is_asked_of_it():
    facts = database.ask(NOW)
    assert facts.role == "partnercenter_app" and facts.is_bound
    assert (facts.encoding, facts.ctype, facts.provider) == ("UTF8", "C.UTF-8", "b")
    assert facts.open_tables == [] and facts.has_btree_gin and facts.time_zone == "UTC"
    assert "jobs_job" in database.tenant_tables()
    assert set(facts.missing_partitions) <= set(database.partitions(NOW))


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_a_wall_taken_down_and_an_index_left_invalid_are_seen():
    with connections["owner"].cursor() as owner:
        owner.execute("ALTER TABLE jobs_job DISABLE ROW LEVEL SECURITY")
        owner.execute("CREATE TABLE scrap (n int)")
        owner.execute("INSERT INTO scrap VALUES (1), (1)")
        with pytest.raises(Exception, match="could not create unique index"):
            owner.execute("CREATE UNIQUE INDEX CONCURRENTLY scrap_idx ON scrap (n)")
    facts = database.ask(NOW)
    assert (facts.open_tables, facts.invalid_indexes) == (["jobs_job"], ["scrap_idx"])


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_a_role_that_owns_is_seen():
    with connections["owner"].cursor() as owner:
        owner.execute("CREATE TABLE mine (n int)")
        owner.execute("GRANT CREATE ON SCHEMA public TO partnercenter_app")
        owner.execute("ALTER TABLE mine OWNER TO partnercenter_app")
        assert not database.ask(NOW).is_bound
        owner.execute("DROP TABLE mine")
        owner.execute("REVOKE CREATE ON SCHEMA public FROM partnercenter_app")


# ---- migrations ----


@pytest.mark.django_db
def test_migrations_of_this_release_are_all_applied():
    assert levels(servers.migration_rows()) == {"versions.migrations": "ok"}


@pytest.mark.django_db
def test_a_migration_that_waits_is_named(monkeypatch):
    wanted = schema._on_disk() | {"jobs.9999_later"}
    monkeypatch.setattr(schema, "_on_disk", lambda: wanted)
    (row,) = servers.migration_rows()
    assert (row.key, row.level, row.mend) == ("versions.pending", "bad", "manage.py migrate")
    assert "jobs.9999_later" in row.says


@pytest.mark.django_db
def test_a_database_that_is_ahead_of_the_program_is_named(monkeypatch):
    wanted = schema._on_disk() - {"jobs.0002_walls"}
    monkeypatch.setattr(schema, "_on_disk", lambda: wanted)
    assert levels(servers.migration_rows()) == {"versions.unknown": "warn"}


# ---- Redis, workers ----


def test_a_server_that_throws_keys_away_is_found():
    good = {"valkey_version": "9.1.2", "redis_version": "7.2.4", "maxmemory_policy": "noeviction"}
    assert "bad" not in levels(servers.judged(good)).values()
    found = levels(servers.judged(good | {"maxmemory_policy": "allkeys-lru"}))
    assert found["redis.eviction"] == "bad"
    assert levels(servers.judged({"redis_version": "6.2.1"}))["redis.version"] == "bad"


def test_without_redis_a_panel_is_one_sentence(settings, db):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    for panel in (
        Panel("redis", "Redis", servers.redis_rows),
        Panel("w", "W", servers.worker_rows),
    ):
        (row,) = panel.look(NOW)
        assert row.level is Level.BAD and row.key.endswith(".redis") and "没有应答" in row.says
    assert "没有应答" in [r.says for r in servers.version_rows(NOW) if r.key == "versions.redis"]


def test_without_a_database_a_panel_is_one_sentence(db, monkeypatch):
    def away(at):
        from django.db import OperationalError

        raise OperationalError("password=secret")

    (row,) = Panel("database", "数据库", away).look(NOW)
    assert row.key == "database.database" and "secret" not in row.says + row.mend


def test_workers_that_answer_are_named_and_silence_is_found():
    assert servers._answers_row([{"celery@a": {"ok": "pong"}}]).says == "celery@a"
    assert servers._answers_row([]).level is Level.BAD


@pytest.mark.parametrize(("minutes", "level"), [(1, "ok"), (5, "bad"), (None, "bad")])
def test_a_clock_that_stands_still_is_found(minutes, level):
    last = None if minutes is None else NOW - timedelta(minutes=minutes)
    assert servers._beat_row(last, NOW).level == level


def test_a_queue_that_grows_is_found():
    assert [servers._queue_row(n).level for n in (0, 5000)] == ["ok", "warn"]


# ---- files and mail ----


def test_a_storage_that_takes_nothing_is_found(settings, tmp_path):
    backend = "django.core.files.storage.FileSystemStorage"
    for location, level in ((tmp_path, "ok"), ("/proc/nowhere", "bad")):
        on_disk = {"BACKEND": backend, "OPTIONS": {"location": location}}
        settings.STORAGES = settings.STORAGES | {"default": on_disk}
        assert deployment._storage().level == level
    assert not list(tmp_path.rglob("*.*"))


def test_a_full_disk_is_found(settings, tmp_path, monkeypatch):
    backend = "django.core.files.storage.FileSystemStorage"
    on_disk = {"BACKEND": backend, "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = settings.STORAGES | {"default": on_disk}
    monkeypatch.setattr(deployment, "LITTLE_SPACE", 0)
    assert [row.level for row in deployment._space()] == ["ok"]
    monkeypatch.setattr(deployment, "LITTLE_SPACE", 10**18)
    assert [row.level for row in deployment._space()] == ["bad"]


def test_pages_that_were_not_collected_are_found(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path
    manifest = "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": manifest}}
    assert [row.key for row in deployment._static()] == ["files.static"]
    (tmp_path / "staticfiles.json").write_text("{}")
    assert not list(deployment._static())


def test_a_backup_that_is_old_missing_or_unknown_is_found(settings, tmp_path):
    marker = tmp_path / "backup-done"
    assert deployment._backup(NOW).level == "warn"
    settings.BACKUP_MARKER = str(marker)
    assert deployment._backup(NOW).level == "bad"
    marker.touch()
    made = datetime.fromtimestamp(marker.stat().st_mtime, UTC)
    found = [deployment._backup(made + timedelta(hours=h)).level for h in (1, 30, 100)]
    assert found == ["ok", "warn", "bad"]


def test_a_mail_server_that_does_not_answer_is_found(settings):
    assert levels(deployment.mail_rows(NOW)) == {"mail.backend": "warn"}
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    assert levels(deployment.mail_rows(NOW)) == {"mail.server": "bad"}


# ---- the command ----


def run(*words: str) -> tuple[int, str]:
    out, code = io.StringIO(), 0
    try:
        call_command("doctor", *words, stdout=out)
    except SystemExit as ended:
        code = int(ended.code or 0)
    return code, out.getvalue()


@pytest.mark.django_db
def test_the_exit_code_says_whether_anything_is_bad(monkeypatch):
    from ops.management.commands import doctor
    from ops.rows import bad, ok

    monkeypatch.setattr(doctor, "RUNNING", ())
    fine = Panel("a", "甲", lambda at: [ok("a", "甲", "好")])
    ill = Panel("b", "乙", lambda at: [bad("b", "乙", "坏", why="因为", mend="修好它")])
    monkeypatch.setattr(doctor, "DEPLOYMENT", (fine,))
    assert run() == (0, "0 项异常，0 项注意，1 项正常。\n")
    monkeypatch.setattr(doctor, "DEPLOYMENT", (fine, ill))
    code, said = run()
    assert code == 1 and "[异常] 乙  坏" in said and "修好它" in said and "甲" not in said
    assert "甲" in run("--all")[1]
    code, said = run("--json")
    assert code == 1 and [row["level"] for row in json.loads(said)] == ["ok", "bad"]


@pytest.mark.django_db
def test_it_speaks_the_language_of_the_terminal():
    with translation.override("en"):
        _code, said = run("--all")
    assert not any("\u4e00" <= letter <= "\u9fff" for letter in said), said
