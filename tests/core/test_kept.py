"""{% kept %}: rendered once a process for each language and key; nothing personal stands in it."""

import re
from pathlib import Path

import pytest
from django.template import Context, Template
from django.utils import translation

from core.templatetags import ui

ROOT = Path(__file__).parents[2]
PERSONAL = re.compile(r"\b(request|user|member|csrf_token|messages|place)\b")


def render(template, **context):
    return template.render(Context(context))


def test_what_is_kept_is_rendered_once():
    template = Template("{% load ui %}{% kept %}{{ n }}{% endkept %}")
    assert [render(template, n=n) for n in (1, 2)] == ["1", "1"]


def test_each_language_and_each_key_has_its_own():
    template = Template("{% load ui %}{% kept key %}{{ n }}{% endkept %}")
    assert [render(template, key=key, n=n) for key, n in (("a", 1), ("b", 2), ("a", 3))] == [
        *("1", "2", "1")
    ]
    with translation.override("en"):
        assert render(template, key="a", n=4) == "4"


def test_it_does_not_grow_without_end(monkeypatch):
    monkeypatch.setattr(ui, "_KEPT_MOST", 2)
    template = Template("{% load ui %}{% kept key %}{{ key }}{% endkept %}")
    assert [render(template, key=key) for key in "abcab"] == [*"abcab"]


PLACES = [path for path in ROOT.glob("templates/**/*.html") if "{% kept" in path.read_text()]


@pytest.mark.parametrize("path", sorted(PLACES), ids=lambda path: path.name)
def test_nothing_personal_is_kept(path):
    for kept in re.findall(r"{% kept.*?%}(.*?){% endkept %}", path.read_text(), re.DOTALL):
        tags = "".join(re.findall(r"{[{%].*?[%}]}", kept))
        asked = re.sub(r'"[^"]*"', "", tags)
        assert not PERSONAL.search(asked), kept
