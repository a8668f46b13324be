"""What axe-core finds on a page as it stands: WCAG 2.2, levels A and AA."""

from django.conf import settings
from playwright.sync_api import Page

_AXE = (settings.BASE_DIR / "node_modules/axe-core/axe.min.js").read_text()
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# What is the same around every page of a section.
_FRAME = [".pc-side", ".pc-top", "#header", "#nav-sidebar"]
_LOOK = """
([rules, without]) => axe
    .run({include: document, exclude: without}, {
        preload: false, resultTypes: ["violations"], runOnly: {type: "tag", values: rules},
    })
    .then(found => found.violations.flatMap(each => each.nodes.map(
        node => `${each.id}: ${node.target.join(" ")} ${node.html.slice(0, 120)}`
            + ` (${node.failureSummary.split("\\n")[1]})`)))
"""


def findings(page: Page, *, frame: bool = True) -> list[str]:
    """What axe writes into a page, and what the policy refuses of it, the console tells.

    `frame`: whether it looks at what stands around the page, too.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(_AXE)
    return page.evaluate(_LOOK, [_RULES, [] if frame else [[each] for each in _FRAME]])
