"""Counts and sums carry no mark: so others' rows are doubled, and no page may change by it."""

import re
from collections.abc import Collection, Iterator
from typing import Any

import pytest

from core import tenancy

from . import planting
from .actors import BY_NAME, Seat
from .asking import Interview, as_in_production, text_of
from .pages import Probe
from .world import World, more_customers

# Who looks, and whose rows are none of that person's business.
OTHERS = {
    "yun": ("stranger", "second"),
    "jing": ("stranger", "second", "other", "unassigned"),
    "zhuguan": ("stranger", "other", "unassigned"),
    "cai": ("stranger", "distributor"),
    "double": ("stranger", "second", "jing"),
    "zong": ("stranger", "second"),
    "pang": ("distributor", "jing", "second"),
}
# A label is the whole partner's: who manages labels must know on how many customers one is.
OF_THE_WHOLE_PARTNER = ("/customers/labels/",)
_RANDOM = re.compile(
    r'[A-Za-z0-9]{64}|name="token" value="[^"]+"|nonce="[^"]+"|"challenge": "[^"]+"|[?&]secret=\w+'
)


@pytest.mark.parametrize("name", OTHERS)
def test_rows_of_others_change_no_figure(world, name):
    interview = Interview(Seat(BY_NAME[name], world), world)
    before = pages_of(interview)
    add_rows(world, OTHERS[name])
    after = pages_of(interview, among=before)
    assert len(before) > 15
    different = {path for path in before if before[path] != after[path]}
    different = {path for path in different if not path.startswith(OF_THE_WHOLE_PARTNER)}
    assert not different, {path: _first_difference(before, after, path) for path in different}


def test_rows_of_ones_own_do_change_figures(world):
    """Or the test above would prove nothing."""
    interview = Interview(Seat(BY_NAME["yun"], world), world)
    before = pages_of(interview)
    add_rows(world, ("jing",))
    after = pages_of(interview, among=before)
    changed = {path for path in before if before[path] != after[path]}
    assert {"/", "/customers/", "/followups/view/", "/activity/"} <= changed


def add_rows(world: World, groups: tuple[str, ...]) -> None:
    with tenancy.vendor(), planting.marking():
        for group in groups:
            more_customers(world, group)
    as_in_production()


def pages_of(interview: Interview, among: Collection[str] = ()) -> dict[str, str]:
    """Every page that this person may open, without what differs at random."""
    found: dict[str, str] = {}
    for probe in openable(interview):
        if not among or probe.path in among:
            response: Any = interview.ask(probe)
            if response.status_code == 200:
                found[probe.path] = _RANDOM.sub("", text_of(response))
    return dict(sorted(found.items()))


def openable(interview: Interview) -> Iterator[Probe]:
    for probe in interview.probes:
        theirs = probe.page.access.kind == "vendor" and not interview.seat.actor.is_vendor
        if probe.method == "GET" and not probe.htmx and probe.visible and not theirs:
            yield probe


def _first_difference(before: dict[str, str], after: dict[str, str], path: str) -> str:
    lines = zip(before[path].splitlines(), after[path].splitlines(), strict=False)
    return next((f"{old.strip()} → {new.strip()}" for old, new in lines if old != new), "length")
