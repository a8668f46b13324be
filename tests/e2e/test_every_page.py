"""T-CSP and WCAG 2.2 AA: every page of the URLconf in a real browser.

Without a violation of the policy, a word in the console, or anything that axe-core finds.
"""

from typing import Any

import pytest
from django.conf import settings as project
from playwright.sync_api import Page

from core import tenancy
from tests.matrix import planting, world
from tests.matrix.actors import BY_NAME, Seat
from tests.matrix.pages import filled, pages

from .axe import findings
from .conftest import NARROW, WIDE

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "owner"]),
    pytest.mark.slow,
]
# The browser itself listens: what the policy stops reaches no console on every version.
_WIDER = "document.documentElement.scrollWidth > innerWidth"
_LISTEN = """
window.violations = [];
document.addEventListener("securitypolicyviolation", event =>
    window.violations.push(event.violatedDirective + " " + event.blockedURI));
"""


def own_pages(seat: Seat, built: world.World) -> list[str]:
    """The pages that this person may open, as the matrix fills them."""
    found = []
    for page in pages():
        for which, path, visible, *_button in filled(page, seat, built):
            if visible and which in ("own", "none"):
                answer: Any = seat.client.get(path)
                html = answer.headers.get("Content-Type", "").startswith("text/html")
                if answer.status_code == 200 and html and not answer.streaming:
                    found.append(path)
    return list(dict.fromkeys(found))


@pytest.fixture
def built(transactional_db) -> world.World:
    with tenancy.vendor():
        made = world.build()
    planting.reset_ids()
    return made


def sign_in(page: Page, seat: Seat, site: str) -> None:
    cookie = seat.client.cookies[project.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": project.SESSION_COOKIE_NAME, "value": cookie, "url": site}])


@pytest.mark.parametrize(("name", "least"), [("yun", 20), ("zong", 20), ("operator", 40)])
def test_no_page_breaks_the_policy(calm_page, site, built, name, least):
    seat = Seat(BY_NAME[name], built)
    paths = own_pages(seat, built)
    assert len(paths) >= least, paths
    sign_in(calm_page, seat, site)
    calm_page.add_init_script(_LISTEN)
    for path in paths:
        calm_page.goto(site + path)
        assert calm_page.evaluate("window.violations") == [], path


@pytest.mark.parametrize(("name", "sizes"), [("yun", [WIDE, NARROW]), ("operator", [WIDE])])
def test_every_page_is_accessible_and_as_wide_as_the_screen(browser, site, built, name, sizes):
    """The vendor's desk, Django's own, may scroll sideways on a phone."""
    seat = Seat(BY_NAME[name], built)
    with browser.new_context(viewport=WIDE, locale="zh-CN", bypass_csp=True) as context:
        page = context.new_page()
        sign_in(page, seat, site)
        found = []
        for path in own_pages(seat, built):
            page.set_viewport_size(WIDE)
            page.goto(site + path)
            for size in sizes:
                page.set_viewport_size(size)
                at = f"{path} at {size['width']}"
                found += [f"{at}: {each}" for each in findings(page)]
                if not seat.actor.is_vendor and page.evaluate(_WIDER):
                    found.append(f"{at} is wider than the screen")
    assert found == [], "\n".join(found)
