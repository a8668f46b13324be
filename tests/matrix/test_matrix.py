"""T-TEN-1, T-TEN-2: every URL × every kind of person × whose row × method × htmx.

Everybody asks for his own of every page, which answers as permissions.csv says; the rest is drawn.
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
from .permissions import UPDATE, OwnProbes, ask_own, differences, own_probes, table, write
from .world import World


@dataclass(frozen=True)
class Plan:
    """What each person could ask, which of it the table tells, and what this run asks.

    Of one world: a process that leaves these tests and comes back builds another, in which whatever
    is made at random, such as a token, is another.
    """

    world: World
    possible: dict[str, list[Probe]]
    own: dict[str, OwnProbes]
    drawn: Drawn


@pytest.fixture(scope="package")
def _plans():
    return []


@pytest.fixture
def plan(world, limit, _plans):
    """Drawn once for each world: it looks at some hundred thousand probes."""
    if not (_plans and _plans[0].world is world):
        possible = {actor.name: probes(Seat(actor, world), world) for actor in ACTORS}
        own = {name: own_probes(theirs) for name, theirs in possible.items()}
        told = {name: [each["GET"] for each in pages.values()] for name, pages in own.items()}
        kinds = {actor.name: actor.kind for actor in ACTORS}
        _plans[:] = [Plan(world, possible, own, draw(possible, limit, kinds, told))]
    return _plans[0]


@pytest.mark.parametrize("name", BY_NAME)
def test_each_opens_what_the_table_says_and_meets_nothing_of_others(world, plan, name, only):
    interview = Interview(Seat(BY_NAME[name], world), world, plan.possible[name])
    own = {page: ways for page, ways in plan.own[name].items() if _among(only, page)}
    statuses, asked = ask_own(interview, own)
    if UPDATE:
        write(name, statuses)
        return
    mine = [p for p in plan.drawn[name] if id(p) not in asked and _among(only, p.page.name)]
    for probe in mine:
        interview.ask(probe)
    print(f"{name}: {len(asked) + len(mine)} of {len(interview.probes)} probes, seed {seed()}")
    wrong = [*differences(name, statuses), *interview.problems]
    assert not wrong, f"seed {seed()}\n" + "\n".join(wrong[:40])


def _among(only: tuple[str, ...], page: str) -> bool:
    return not only or page.startswith(only)


def test_the_table_holds_every_page_and_no_other():
    assert {row.split()[0] for row in table()} == {page.name for page in pages()}


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
