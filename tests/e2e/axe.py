"""What axe-core finds on a page as it stands: WCAG 2.2, levels A and AA."""

from django.conf import settings
from playwright.sync_api import Page

_AXE = (settings.BASE_DIR / "node_modules/axe-core/axe.min.js").read_text()
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
_LOOK = """
rules => axe
    .run(document, {
        preload: false, resultTypes: ["violations"], runOnly: {type: "tag", values: rules},
    })
    .then(found => found.violations.flatMap(each => each.nodes.map(
        node => `${each.id}: ${node.target.join(" ")} ${node.html.slice(0, 120)}`
            + ` (${node.failureSummary.split("\\n")[1]})`)))
"""


def findings(page: Page) -> list[str]:
    """What axe writes into a page, and what the policy refuses of it, the console tells."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_AXE)
    return page.evaluate(_LOOK, _RULES)
