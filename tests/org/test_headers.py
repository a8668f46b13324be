"""What every response carries, and what error pages say and do not say."""

import logging
import re
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from core.request_context import LogFilter
from tests import factories as f

from . import signing as s

pytestmark = pytest.mark.urls("tests.org.pages")
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def calm(client: Client) -> Client:
    """A client that shows the error page instead of the exception."""
    client.raise_request_exception = False
    return client


def kinds_of_responses(client: Client, member: Any) -> dict[int, Any]:
    """One response of each status: page, redirect, refusals, errors."""
    responses = [client.get(path) for path in (s.LOGIN, s.ACCOUNT, "/nope/", "/broken/", "/away/")]
    strict = Client(enforce_csrf_checks=True)
    responses.append(strict.post(s.LOGIN, {"login": "a", "password": "b"}))
    client.force_login(member.user)
    responses += [client.get("/too-late/"), client.get(s.ACCOUNT, HTTP_HOST="evil.example")]
    return {response.status_code: response for response in responses}


def test_every_kind_of_response_is_strict(calm, cast):
    responses = kinds_of_responses(calm, cast.jing)
    assert set(responses) == {200, 302, 400, 403, 404, 409, 500, 503}
    for status, response in responses.items():
        assert response["X-Content-Type-Options"] == "nosniff", status
        assert response["Referrer-Policy"] == "same-origin", status
        assert response["Cross-Origin-Opener-Policy"] == "same-origin", status
        assert response["X-Request-ID"], status


def test_every_kind_of_response_is_stored_by_nobody(calm, cast):
    for status, response in kinds_of_responses(calm, cast.jing).items():
        assert "no-store" in response["Cache-Control"], status
        vary = {name.strip() for name in response["Vary"].split(",")}
        assert {"HX-Request", "Cookie"} <= vary, status


def test_every_kind_of_response_forbids_foreign_and_inline_code(calm, cast):
    for status, response in kinds_of_responses(calm, cast.jing).items():
        policy = response["Content-Security-Policy"]
        assert "unsafe" not in policy, status
        for rule in ("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"):
            assert rule in policy, status
        for rule in ("base-uri 'none'", "form-action 'self'", "object-src 'none'"):
            assert rule in policy, status


def test_pages_hold_no_inline_code(client, cast):
    client.force_login(cast.yun.user)
    for path in (s.ACCOUNT, "/accounts/2fa/", "/accounts/sessions/", "/org/partners/", "/nope/"):
        page = client.get(path).content.decode()
        assert not re.search(r"<script(?![^>]*(?:src=|application/json))", page), path
        assert not re.search(r"\son\w+=|\sstyle=|<style|hx-on|javascript:", page), path


def test_static_files_stay_cacheable(client, db):
    response = client.get("/static/css/all.css")
    assert response.status_code == 200
    assert "no-store" not in response["Cache-Control"]
    assert "Cookie" not in response.get("Vary", "")


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(client, cast):
    s.add_app(cast.jing.user)
    s.give_password(client, cast.jing.user.email)
    s.give_code(client, s.code_now())
    client.get(s.ACCOUNT)
    for name in ("sessionid", "csrftoken"):
        assert client.cookies[name]["httponly"], name
        assert client.cookies[name]["samesite"] == "Lax", name


# ---- errors ----


@pytest.mark.parametrize(("path", "status"), [("/nope/", 404), ("/broken/", 500), ("/away/", 503)])
def test_an_error_page_gives_the_request_id_and_no_trace(calm, db, path, status):
    response = calm.get(path)
    page = response.content.decode()
    assert response.status_code == status
    assert f"<code>{response['X-Request-ID']}</code>" in page
    assert "secret detail" not in page
    assert "Traceback" not in page


@pytest.mark.parametrize("path", ["/broken/", "/nope/"])
def test_an_error_is_logged_once_with_the_request_id(calm, db, caplog, path):
    caplog.handler.addFilter(LogFilter())
    response = calm.get(path)
    lines = [line for line in caplog.records if line.levelno >= logging.WARNING]
    assert [line.request_id for line in lines] == [response["X-Request-ID"]]


def test_a_server_that_is_away_asks_to_come_back(calm, db):
    assert calm.get("/away/")["Retry-After"] == "5"


def test_a_form_without_its_token_is_refused_in_words(db):
    response = Client(enforce_csrf_checks=True).post(s.LOGIN, {"login": "a", "password": "b"})
    assert response.status_code == 403
    assert "页面已过期" in response.content.decode()


def test_too_many_requests_are_told_to_wait(client, db, settings):
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"login": "1/m/ip"}
    cache.clear()
    answers = [s.give_password(client, "a@example.com", "guess") for _ in range(2)]
    assert answers[1].status_code == 429
    assert answers[1]["Retry-After"] == "60"
    assert "操作过于频繁" in answers[1].content.decode()


# ---- refusals ----


def test_a_refusal_is_a_page_in_the_frame(client, cast):
    client.force_login(cast.jing.user)
    response = client.get("/too-late/")
    page = response.content.decode()
    assert response.status_code == 409
    assert "该预警已被处理" in page
    assert cast.reseller.name in page


def test_a_refused_fragment_is_a_notice_and_leaves_the_page_alone(client, cast):
    client.force_login(cast.jing.user)
    response = client.get("/too-late/", **HTMX)
    assert response["HX-Retarget"] == "#toasts"
    assert response["HX-Reswap"] == "beforeend"
    assert response.content.decode().strip().startswith('<div class="pc-toast error" role="alert">')


def test_vendor_pages_refuse_partner_staff(client, cast):
    client.force_login(cast.yun.user)
    assert client.get("/admin/").status_code == 403


# ---- languages ----


def test_pages_are_chinese_unless_asked_otherwise(client, db):
    assert '<html lang="zh-hans">' in client.get(s.LOGIN).content.decode()


def test_a_person_switches_to_english(client, db):
    client.post("/i18n/setlang/", {"language": "en", "next": s.LOGIN})
    assert '<html lang="en">' in client.get(s.LOGIN).content.decode()


def test_switching_the_language_never_leads_to_another_site(client, db):
    posted = client.post("/i18n/setlang/", {"language": "en", "next": "//evil.example/"})
    assert "evil" not in posted["Location"]


def test_a_newcomers_page_promises_no_more_than_it_opens(client, cast):
    newcomer = f.make_member(partner=cast.reseller, factor=False)
    client.force_login(newcomer.user)
    page = client.get("/accounts/2fa/").content.decode()
    assert "/org/account/" not in page
    assert "/accounts/sessions/" not in page
