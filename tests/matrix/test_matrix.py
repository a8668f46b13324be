"""T-TEN-1, T-TEN-2: every URL × every kind of person × whose row × method × htmx.

At least 15,000 probes by default; MATRIX_PROBES=50000 asks more, and
`./run test tests/matrix --all` everything there is. While a page is being built:
`./run test tests/matrix/test_matrix.py --all --pages jobs:,my:` asks everything of some pages.
"""

import pytest

from .actors import ACTORS, KINDS, Seat
from .asking import Interview
from .drawing import IN_CI, draw, seed
from .pages import SAFE, UNSAFE, Probe, pages, probes


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_sees_or_changes_what_is_not_theirs(world, kind, limit, only):
    seats = [Seat(actor, world) for actor in ACTORS if actor.kind == kind]
    possible = {seat.actor.name: probes(seat, world) for seat in seats}
    drawn = draw(possible, limit and -(-limit // len(KINDS)))
    if only:
        drawn = {name: [p for p in drawn[name] if p.page.name.startswith(only)] for name in drawn}
    asked: list[Probe] = []
    problems: list[str] = []
    for seat in seats:
        interview = Interview(seat, world, possible[seat.actor.name])
        for probe in drawn[seat.actor.name]:
            interview.ask(probe)
        asked += drawn[seat.actor.name]
        problems += interview.problems
    print(f"{kind}: {len(asked)} of {sum(map(len, possible.values()))} probes, seed {seed()}")
    assert not problems, f"seed {seed()}\n" + "\n".join(problems[:40])
    if only:
        return
    assert len(asked) * len(KINDS) >= IN_CI
    everything = {probe.manner for probes in possible.values() for probe in probes}
    assert {probe.manner for probe in asked} == everything
    assert {page.route for page in pages()} == {probe.page.route for probe in asked}
    assert {probe.method for probe in asked} == {*SAFE, *UNSAFE}
