"""T-CSP: every page of the URLconf in a real browser, without a violation or any other word."""

from typing import Any

import pytest
from django.conf import settings

from core import tenancy
from tests.matrix import planting, world
from tests.matrix.actors import BY_NAME, Seat
from tests.matrix.pages import filled, pages

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


@pytest.mark.parametrize(("name", "least"), [("yun", 20), ("zong", 20), ("operator", 40)])
def test_no_page_breaks_the_policy(calm_page, site, transactional_db, name, least):
    with tenancy.vendor():
        built = world.build()
    planting.reset_ids()
    seat = Seat(BY_NAME[name], built)
    paths = own_pages(seat, built)
    assert len(paths) >= least, paths
    cookie = seat.client.cookies[settings.SESSION_COOKIE_NAME].value
    calm_page.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": site}]
    )
    calm_page.add_init_script(_LISTEN)
    for path in paths:
        calm_page.goto(site + path)
        assert calm_page.evaluate("window.violations") == [], path
