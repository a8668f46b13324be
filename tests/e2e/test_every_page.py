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
from tests.matrix.pages import probes
from tests.matrix.permissions import opened_to

from .axe import findings
from .conftest import NARROW, WIDE

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "owner"]),
    pytest.mark.slow,
]
# The browser itself listens: what the policy stops reaches no console on every version.
_LISTEN = """
window.violations = [];
document.addEventListener("securitypolicyviolation", event =>
    window.violations.push(event.violatedDirective + " " + event.blockedURI));
"""
_WIDER = "document.documentElement.scrollWidth > innerWidth"
# Who looks at which pages; at least so many. A distributor: at those its reseller has not.
LOOKERS = {"yun": 100, "zong": 5, "operator": 80, "kehu": 12}
ITS_OWN = {"operator": "vendor", "kehu": "customer"}


def own_pages(seat: Seat, built: world.World, but: str = "") -> list[str]:
    """Paths of the pages that this person may open, and `but` not, as the matrix fills them."""
    name = seat.actor.name
    kind = ITS_OWN.get(name)
    paths = (
        probe.path
        for probe in opened_to(name, probes(seat, built, ("GET",)), but)
        if not kind or probe.page.access.kind == kind
    )
    return [path for path in paths if _is_page(seat, path)]


def _is_page(seat: Seat, path: str) -> bool:
    answer: Any = seat.client.get(path)
    html = answer.headers.get("Content-Type", "").startswith("text/html")
    return answer.status_code == 200 and html and not answer.streaming


@pytest.fixture
def built(transactional_db) -> world.World:
    with tenancy.vendor():
        made = world.build()
    planting.reset_ids()
    return made


def sign_in(page: Page, seat: Seat, site: str) -> None:
    cookie = seat.client.cookies[project.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": project.SESSION_COOKIE_NAME, "value": cookie, "url": site}])


@pytest.mark.parametrize("name", LOOKERS)
def test_every_page_keeps_the_policy_is_accessible_and_as_wide_as_the_screen(
    page, site, built, name
):
    """The vendor's desk, Django's own, may scroll sideways on a phone."""
    seat = Seat(BY_NAME[name], built)
    paths = own_pages(seat, built, but="yun" if name == "zong" else "")
    assert len(paths) >= LOOKERS[name], paths
    sign_in(page, seat, site)
    page.add_init_script(_LISTEN)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    found: list[str] = []
    framed: set[str] = set()  # sections of which the frame was looked at
    for path in paths:
        section = "/".join(path.split("/")[:3])
        page.set_viewport_size(WIDE)
        page.goto(site + path)
        found += [f"{path}: {each}" for each in (*said, *page.evaluate("window.violations"))]
        said.clear()
        for size in [WIDE] if seat.actor.is_vendor else [WIDE, NARROW]:
            page.set_viewport_size(size)
            at = f"{path} at {size['width']}"
            seen = findings(page, frame=section not in framed)
            found += [f"{at}: {each}" for each in seen]
            if not seat.actor.is_vendor and page.evaluate(_WIDER):
                found.append(f"{at} is wider than the screen")
        framed.add(section)
        said.clear()  # of axe
    assert found == [], "\n".join(found)
