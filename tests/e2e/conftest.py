"""A real browser against a live server. Every console message and CSP violation fails the test."""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings as project
from django.test import Client
from playwright.sync_api import Page

from org.models import Member, User
from tests.conftest import prove_client

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
_QUIET = (
    "--no-sandbox --disable-gpu --disable-dev-shm-usage --disable-quic --no-first-run"
    " --disable-background-networking --disable-component-update --disable-sync"
)
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
# Chromium says so whenever the header works.
_EXPECTED = ("Clear-Site-Data header",)


def pytest_configure(config: pytest.Config) -> None:
    """What a failed test saw last is in .local/screenshots."""
    config.option.screenshot = "only-on-failure"
    config.option.output = str(project.BASE_DIR / ".local" / "screenshots")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    if not CHROMIUM and not os.environ.get("CI"):
        pytest.skip("no Chromium on this machine")
    return browser_type_launch_args | {"executable_path": CHROMIUM, "args": _QUIET.split()}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    more = {"locale": "zh-CN", "timezone_id": "Asia/Shanghai", "viewport": WIDE}
    return browser_context_args | more


@pytest.fixture
def site(live_server: Any) -> str:
    """The server's address by name: passkeys are not made for an IP address."""
    return live_server.url.replace("127.0.0.1", "localhost")


@pytest.fixture
def calm_page(page: Page) -> Iterator[Page]:
    """A page that must say nothing in the console, except of what the test expects."""
    said: list[str] = []
    page.on("console", lambda m: said.append(f"{m.type}: {m.text} ({page.url})"))
    page.on("pageerror", lambda error: said.append(f"{error} ({page.url})"))
    page.set_default_timeout(10_000)
    yield page
    assert [line for line in said if not any(word in line for word in _EXPECTED)] == []


@pytest.fixture
def open_as(calm_page: Page, site: str) -> Callable[[Member | User], Page]:
    """`open_as(member)`: the page, with that person signed in a moment ago, by both factors."""

    def sign_in(who: Member | User) -> Page:
        client = Client()
        user = who.user if isinstance(who, Member) else who
        client.force_login(user)
        prove_client(client, user)
        name = project.SESSION_COOKIE_NAME
        cookie = {"name": name, "value": client.cookies[name].value, "url": site}
        calm_page.context.add_cookies([cookie])
        return calm_page

    return sign_in


@pytest.fixture
def open_page(browser: Any, site: str) -> Iterator[Callable[..., Page]]:
    """A page that may speak: the browser itself notes answers like 409 and 422."""
    opened: list[Any] = []

    def sign_in(member: Member, **options: Any) -> Page:
        client = Client()
        client.force_login(member.user)
        name = project.SESSION_COOKIE_NAME
        opened.append(browser.new_context(locale="zh-CN", **options))
        cookie = {"name": name, "value": client.cookies[name].value, "url": site}
        opened[-1].add_cookies([cookie])
        return opened[-1].new_page()

    yield sign_in
    for context in opened:
        context.close()
