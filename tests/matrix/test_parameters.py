"""T-INJ-2: whatever stands in the address is read from an allow list, or refused with 400."""

import re
from random import Random
from typing import Any

import pytest

from .actors import BY_NAME, Seat
from .asking import Interview, text_of
from .drawing import seed
from .pages import Probe
from .permissions import opened_to

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


def lists_of(interview: Interview, but: str = "") -> list[tuple[Probe, list[str]]]:
    """The pages that take parameters, with those that their forms name; none that `but` opens."""
    found = []
    for probe in opened_to(interview.seat.actor.name, interview.probes, but):
        html = text_of(interview.ask(probe))
        if _LISTS.search(html):
            found.append((probe, [*dict.fromkeys((*_FIELDS.findall(html), *_ALWAYS))]))
    return found


@pytest.mark.parametrize(("name", "but"), [("yun", ""), ("zong", "yun"), ("operator", "")])
def test_strange_parameters_never_break_a_page(world, name, but):
    """Of a distributor those that its reseller has not. Each field by itself is asked for other
    values with every commit."""
    interview = Interview(Seat(BY_NAME[name], world), world)
    pages = lists_of(interview, but)
    assert len(pages) >= 3
    for probe, fields in pages:
        drawn = Random(f"{seed()} {probe}")
        asked = [(dict.fromkeys(fields, value), PAGE) for value in VALUES]
        asked += [({field: value}, ROWS) for field in fields for value in drawn.sample(VALUES, 2)]
        asked.append((together := dict.fromkeys(NAMES, "1"), PAGE))
        if interview.seat.client.get(probe.path, together).status_code != 200:
            asked += [({name: "1"}, PAGE) for name in NAMES]  # one may have hidden the others
        for query, how in asked:
            response = interview.seat.client.get(probe.path, query, headers=how)
            if response.status_code not in (200, 302, 400, 422 if how else 200):
                interview.note(probe, f"{query}: {response.status_code}")
    assert not interview.problems, "\n".join(interview.problems[:40])


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
