"""T-TEN-1, T-TEN-2: every URL × every kind of person × whose row × method × htmx.

At least 15,000 probes by default; MATRIX_PROBES=50000 asks more, and
`./run test tests/matrix --all` everything there is. While a page is being built:
`./run test tests/matrix/test_matrix.py --all --pages jobs:,my:` asks everything of some pages.
"""

from dataclasses import dataclass

import pytest

from .actors import ACTORS, BY_NAME, KINDS, Seat
from .asking import Interview
from .drawing import IN_CI, Drawn, draw, seed
from .pages import SAFE, UNSAFE, Probe, pages, probes


@dataclass(frozen=True)
class Plan:
    """What each person could ask, and what this run has them ask."""

    possible: dict[str, list[Probe]]
    drawn: Drawn


@pytest.fixture(scope="package")
def _plans():
    return []


@pytest.fixture
def plan(world, limit, _plans):
    """Drawn once for each test process: it looks at some hundred thousand probes."""
    if not _plans:
        possible = {actor.name: probes(Seat(actor, world), world) for actor in ACTORS}
        drawn = draw(possible, limit, {actor.name: actor.kind for actor in ACTORS})
        _plans.append(Plan(possible, drawn))
    return _plans[0]


@pytest.mark.parametrize("name", BY_NAME)
def test_nobody_sees_or_changes_what_is_not_theirs(world, plan, name, only):
    interview = Interview(Seat(BY_NAME[name], world), world, plan.possible[name])
    mine = [p for p in plan.drawn[name] if not only or p.page.name.startswith(only)]
    for probe in mine:
        interview.ask(probe)
    print(f"{name}: {len(mine)} of {len(plan.possible[name])} probes, seed {seed()}")
    assert not interview.problems, f"seed {seed()}\n" + "\n".join(interview.problems[:40])


def test_every_page_is_asked_in_every_manner_and_by_every_kind_of_person(plan):
    asked = [probe for mine in plan.drawn.values() for probe in mine]
    everything = [probe for mine in plan.possible.values() for probe in mine]
    assert len(asked) >= IN_CI
    assert {probe.manner for probe in asked} == {probe.manner for probe in everything}
    assert {page.route for page in pages()} == {probe.page.route for probe in asked}
    assert {probe.method for probe in asked} == {*SAFE, *UNSAFE}
    for kind in KINDS:
        theirs = [actor.name for actor in ACTORS if actor.kind == kind]
        could = {(p.form, p.which) for name in theirs for p in plan.possible[name]}
        assert {(p.form, p.which) for name in theirs for p in plan.drawn[name]} == could
