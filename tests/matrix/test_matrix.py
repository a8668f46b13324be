"""T-TEN-1, T-TEN-2: every URL × every actor × whose row × method × htmx.

15,000 probes by default, the same ones each time; MATRIX_PROBES=50000 asks more, and
`./run test tests/matrix --all` everything there is.
"""

import pytest

from .actors import ACTORS, BY_NAME, Seat
from .asking import Interview


@pytest.mark.parametrize("name", [actor.name for actor in ACTORS])
def test_nobody_sees_or_changes_what_is_not_theirs(world, name, limit, record_property):
    seat = Seat(BY_NAME[name], world)
    interview = Interview(seat, world)
    possible = interview.probes
    asked = possible[: limit // len(ACTORS)] if limit else possible
    for probe in asked:
        interview.ask(probe)
    record_property("probes", len(asked))
    print(f"{name}: {len(asked)} of {len(possible)} probes")
    assert not interview.problems, "\n".join(interview.problems[:40])
