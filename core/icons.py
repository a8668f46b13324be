"""The icons of the product, from lucide.dev, in one drawing that a browser keeps.

A page names an icon in a hundred bytes; fifty of them drawn in place were a fifth of each page.
"""

from functools import cache
from importlib import resources
from io import BytesIO
from xml.etree import ElementTree
from zipfile import ZipFile

SPRITE = "img/icons.svg"
_SVG = "http://www.w3.org/2000/svg"
NAMES = frozenset(
    {
        "arrow-left-right",
        "badge-check",
        "ban",
        "bell",
        "bell-ring",
        "bookmark-plus",
        "building-2",
        "chart-column",
        "chevron-down",
        "chevron-up",
        "circle-alert",
        "circle-check",
        "circle-x",
        "columns-3",
        "download",
        "eye",
        "file-check",
        "file-symlink",
        "file-text",
        "fingerprint-pattern",
        "footprints",
        "gauge",
        "gift",
        "handshake",
        "history",
        "info",
        "key-round",
        "languages",
        "layout-dashboard",
        "life-buoy",
        "list-checks",
        "log-out",
        "megaphone",
        "menu",
        "monitor-smartphone",
        "panel-left",
        "plus",
        "receipt",
        "refresh-cw",
        "rows-3",
        "rows-4",
        "scroll",
        "scroll-text",
        "search",
        "server",
        "shield",
        "shield-check",
        "shopping-cart",
        "sliders-horizontal",
        "smartphone",
        "snowflake",
        "store",
        "tags",
        "ticket",
        "ticket-percent",
        "tickets",
        "triangle-alert",
        "user-check",
        "user-plus",
        "user-round",
        "users",
        "wallet",
        "x",
    }
)


@cache
def sprite() -> bytes:
    """The drawing: a symbol for each name. How lines are drawn says console.css (.pc-icon)."""
    ElementTree.register_namespace("", _SVG)
    whole = ElementTree.Element(f"{{{_SVG}}}svg")
    with ZipFile(BytesIO((resources.files("lucide") / "lucide.zip").read_bytes())) as drawings:
        for name in sorted(NAMES):
            drawn = ElementTree.fromstring(drawings.read(f"{name}.svg"))  # noqa: S314
            drawn.tag = f"{{{_SVG}}}symbol"
            drawn.attrib = {"id": name, "viewBox": "0 0 24 24"}
            whole.append(drawn)
    return ElementTree.tostring(whole)
