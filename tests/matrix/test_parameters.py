"""T-INJ-2: whatever stands in the address is read from an allow list, or refused with 400."""

import re
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from .actors import BY_NAME, Seat
from .asking import Interview, text_of
from .drawing import seed
from .test_figures import openable

# As a value of every parameter that the page knows.
VALUES = (
    "' OR 1=1 --",
    '"; SELECT pg_sleep(9); --',
    "1) UNION SELECT password FROM org_user --",
    "%(user)s %s %",
    "\x00",
    "\x1b[2J\r\nSet-Cookie: a=b",
    "\ud7ff\ufffe\U0010ffff",
    "partner__members__user__password",
    "-pk__in",
    "..%2f..%2fetc",
    "{0.__class__}",
    "9" * 400,
    "-9223372036854775809",
    "1e400",
    "NaN",
    "2026-02-30",
    "0001-01-01",
    "9999-12-31",
    "true",
    "[]",
    '{"$ne": 1}',
    "１２",
    "深" * 300,
)
# As names of parameters: lookups, and what Django takes as arguments of filter().
NAMES = (
    "partner",
    "partner__name__contains",
    "account_manager__user__password__startswith",
    "customer__partner__members__user__email__regex",
    "_connector",
    "_negated",
    "sort",
    "order_by",
    "o",
    "ot",
    "p",
    "all",
    "pk__in",
    "id__gte",
    "a.b",
    "__class__",
    "e",
    "_popup",
    "_to_field",
    "_changelist_filters",
    "\x00",
    "深",
)
PAGE: dict[str, str] = {}
ROWS = {"HX-Request": "true"}
_FIELDS = re.compile(r'<(?:input|select)[^>]*\bname="([^"]+)"')
_LISTS = re.compile(r'class="pc-query"|id="changelist"')
_ALWAYS = (
    "tab",
    "size",
    "after",
    "before",
    "count",
    "customer",
    "drawer",
    "q",
    "page",
    "range",
    "view",
)


def lists_of(interview: Interview) -> list[tuple[Any, list[str]]]:
    """The pages that take parameters, with those that their forms name."""
    found = []
    for probe in openable(interview):
        response: Any = interview.ask(probe)
        html = text_of(response) if response.status_code == 200 else ""
        if _LISTS.search(html):
            found.append((probe, [*dict.fromkeys((*_FIELDS.findall(html), *_ALWAYS))]))
    return found


def _lists_of(name: str, world: Any) -> list[tuple[Any, list[str]]]:
    return lists_of(Interview(Seat(BY_NAME[name], world), world))


@pytest.mark.parametrize(("name", "but"), [("yun", ""), ("zong", "yun"), ("operator", "")])
def test_strange_parameters_never_break_a_page(world, name, but):
    """Of a distributor those that its reseller has not."""
    asked_by = {probe.page for probe, _fields in _lists_of(but, world)} if but else set()
    interview = Interview(Seat(BY_NAME[name], world), world)
    pages = [each for each in lists_of(interview) if each[0].page not in asked_by]
    assert len(pages) >= 3
    for probe, fields in pages:
        asked = [(dict.fromkeys(fields, value), PAGE) for value in VALUES]
        asked += [({field: value}, how) for field in fields for value, how in _some(probe, field)]
        asked.append((together := dict.fromkeys(NAMES, "1"), PAGE))
        if interview.seat.client.get(probe.path, together).status_code != 200:
            asked += [({name: "1"}, PAGE) for name in NAMES]  # one may have hidden the others
        for query, how in asked:
            response = interview.seat.client.get(probe.path, query, headers=how)
            if response.status_code not in (200, 302, 400, 422 if how else 200):
                interview.note(probe, f"{query}: {response.status_code}")
    assert not interview.problems, "\n".join(interview.problems[:40])


def _some(probe: Any, field: str) -> Iterator[tuple[str, dict[str, str]]]:
    """What is asked of each field by itself: a value of the page and one of its rows alone,
    others with every commit."""
    return zip(Random(f"{seed()} {probe} {field}").sample(VALUES, 2), (PAGE, ROWS), strict=True)


def test_a_lookup_in_the_address_narrows_nothing(world):
    """Otherwise somebody could guess at columns by watching rows come and go."""
    interview = Interview(Seat(BY_NAME["yun"], world), world)
    for probe, _ in lists_of(interview):
        plain = _rows(interview, probe, {})
        names = [name for name in NAMES if name not in ("p", "all")]
        if _rows(interview, probe, dict.fromkeys(names, "x")) == plain:
            continue
        for name in names:
            if _rows(interview, probe, {name: "x"}) != plain:
                interview.note(probe, f"{name} changed the rows")
    assert not interview.problems, "\n".join(interview.problems)


def _rows(interview: Interview, probe: Any, query: dict[str, str]) -> list[str]:
    return re.findall(r'<tr id="row-(\d+)"', text_of(interview.seat.client.get(probe.path, query)))
