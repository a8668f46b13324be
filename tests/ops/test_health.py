"""What load balancers and supervisors are told, and what a request leaves in the log."""

import json
import logging
import sys

import pytest
from django.db import OperationalError

from core.logs import JsonLine
from ops import schema

pytestmark = pytest.mark.django_db
READY = {"database": "ok", "redis": "ok"}


def away(*args):
    raise OperationalError("connection to server at 10.0.0.1, user partnercenter_app")


def test_a_process_is_alive_whatever_else_is_away(client, settings, monkeypatch):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    monkeypatch.setattr(schema, "compare", away)
    assert client.get("/healthz").content == b"ok"


def test_it_is_ready_when_its_servers_answer(client):
    response = client.get("/readyz")
    assert (response.status_code, response.json()) == (200, READY)


def test_without_database_it_is_not_ready_and_tells_nothing_of_it(client, monkeypatch):
    monkeypatch.setattr(schema, "compare", away)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json() == READY | {"database": "away"}


def test_without_redis_it_is_not_ready(client, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    response = client.get("/readyz")
    assert (response.status_code, response.json()) == (503, READY | {"redis": "away"})


def test_before_its_migrations_it_is_not_ready(client, monkeypatch):
    wanted = schema._on_disk() | {"jobs.9999_later"}
    monkeypatch.setattr(schema, "_on_disk", lambda: wanted)
    response = client.get("/readyz")
    assert (response.status_code, response.json()) == (503, READY | {"database": "behind"})


def test_readiness_is_one_statement(client, django_assert_num_queries):
    client.get("/readyz")
    with django_assert_num_queries(1):
        client.get("/readyz")


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_balancer_asks_by_address_and_without_https(client, settings, path):
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
    settings.ALLOWED_HOSTS = ["partner.example.com"]
    response = client.get(path, headers={"host": "10.0.0.7:8000"})
    assert response.status_code == 200 and response["X-Request-ID"]
    assert client.post(path).status_code == 405


# ---- the log ----


@pytest.fixture
def lines(caplog):
    """`lines()`: the lines about requests."""
    caplog.set_level(logging.INFO, "partnercenter.requests")
    return lambda: [r for r in caplog.records if r.name == "partnercenter.requests"]


def test_a_request_is_one_line_without_what_was_typed(cast, sign_in, client, lines):
    sign_in(cast.jing).get("/customers/?name=深圳云帆")
    (line,) = lines()
    assert (line.method, line.path, line.status) == ("GET", "/customers/", 200)
    assert (line.member, line.partner) == (cast.jing.pk, cast.jing.partner_id)
    assert line.statements > 3 and line.ms >= 0 and line.levelno == logging.INFO
    said = line.getMessage() + JsonLine().format(line)
    assert "云帆" not in said and "name" not in said.replace('"name"', "")


def test_a_path_is_the_pages_not_the_rows(cast, sign_in, client, lines):
    sign_in(cast.jing).get("/customers/987654321/")
    client.get("/no/such/13800001111/page")
    assert [line.path for line in lines()] == ["/customers/<int:pk>/", "-"]


def test_a_slow_request_is_a_warning(client, settings, lines):
    settings.SLOW_REQUEST_MS = 0
    client.get("/accounts/login/")
    (line,) = lines()
    assert line.levelno == logging.WARNING and line.getMessage().startswith("slow: GET")


def test_health_pages_leave_no_line(client, lines):
    client.get("/healthz")
    client.get("/readyz")
    assert lines() == []


def test_a_line_of_json_is_one_line_and_keeps_its_trace(client, lines):
    try:
        raise ValueError("x\ny")
    except ValueError:
        record = logging.LogRecord(
            *("a.b", logging.ERROR, __file__, 1, "it %s\nforged", ("broke",)), sys.exc_info()
        )
    record.request_id = "abc123"
    text = JsonLine().format(record)
    line = json.loads(text)
    assert "\n" not in text
    assert (line["id"], line["level"], line["logger"]) == ("abc123", "ERROR", "a.b")
    assert "ValueError" in line["trace"] and line["at"].endswith("+00:00")


def test_only_health_pages_are_not_redirected(monkeypatch):
    from tests.test_settings import read

    exempt = read.__wrapped__(monkeypatch)(HTTPS="true").SECURE_REDIRECT_EXEMPT
    assert exempt == [r"^healthz$", r"^readyz$"]


def test_the_format_of_lines_is_a_setting(monkeypatch):
    from django.core.exceptions import ImproperlyConfigured

    from tests.test_settings import read

    loaded = read.__wrapped__(monkeypatch)
    assert loaded(LOG_FORMAT="json").LOGGING["handlers"]["console"]["formatter"] == "json"
    with pytest.raises(ImproperlyConfigured, match="LOG_FORMAT"):
        loaded(LOG_FORMAT="xml")
