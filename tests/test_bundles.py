"""What every page takes comes as one file."""

from pathlib import Path

from django.contrib.staticfiles import finders

from partnercenter import bundles


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
