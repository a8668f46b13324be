"""What every page takes comes as one file."""

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

from core import icons
from core.templatetags.ui import icon
from partnercenter import bundles, finding, menu


def test_a_bundle_holds_its_parts_in_their_order(settings):
    [parts] = bundles.BUNDLES.values()
    text = Path(finders.find("css/all.css")).read_text("utf-8")
    texts = [(settings.BASE_DIR / "static" / part).read_text("utf-8") for part in parts]
    assert text == "\n".join(texts)


def test_a_changed_part_is_seen(settings, tmp_path):
    for part in bundles.BUNDLES["css/all.css"]:
        (tmp_path / "static" / part).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "static" / part).write_text("a {}")
    settings.BASE_DIR = tmp_path
    finder = bundles.BundleFinder()
    first = finder.find("css/all.css")
    (tmp_path / "static/css/search.css").write_text("b {}")
    assert finder.find("css/all.css") == first
    assert "b {}" in Path(first).read_text()


def test_every_page_links_the_bundle_and_none_of_its_parts(settings):
    pages = [*(settings.BASE_DIR / "templates").rglob("*.html")]
    texts = {page: page.read_text("utf-8") for page in pages}
    parts = bundles.BUNDLES["css/all.css"]
    assert not [page for page, text in texts.items() if any(part in text for part in parts)]


def test_the_icons_are_one_drawing():
    drawing = Path(finders.find(icons.SPRITE)).read_text("utf-8")
    assert set(re.findall(r'<symbol id="([a-z0-9-]+)"', drawing)) == icons.NAMES


def test_every_icon_that_a_page_names_is_drawn_and_no_other(settings):
    places = [*(settings.BASE_DIR / "templates").rglob("*.html")]
    named = {name for page in places for name in _ICON.findall(page.read_text("utf-8"))}
    named |= {entry.icon for entry in _entries() if entry.icon}
    named |= set(_OF_GROUP.findall(Path(finding.__file__).read_text("utf-8")))
    assert named == icons.NAMES


_ICON = re.compile(r'{% icon "([a-z0-9-]+)"')
_OF_GROUP = re.compile(r'"([a-z-]+)", (?:list|hits)\b')


def _entries():
    sections = (*menu.SECTIONS, *menu.MY, menu.ACCOUNT)
    return [e for section in sections for group in section.groups for e in group.entries]


def test_an_unknown_icon_says_where_to_name_it():
    with pytest.raises(ValueError, match=r"core/icons\.py"):
        icon("no-such-icon")
