"""T-HTTP-1: nothing is done for a page that is not ours."""

import pytest

from .actors import BY_NAME, Seat
from .asking import Interview
from .database import BOOKKEEPING, Watch
from .pages import UNSAFE, Probe

# These answer before anything else is looked at, and take no unsafe request from anybody.
ANSWERED_FIRST = ("healthz", "readyz")


def one_of_each(probes: list[Probe]) -> list[Probe]:
    """Whose row it is does not matter: the token is looked at before the row."""
    unsafe = (probe for probe in reversed(probes) if probe.method in UNSAFE and not probe.forged)
    return list({(*probe.form, probe.method, probe.htmx): probe for probe in unsafe}.values())


@pytest.mark.parametrize("name", ["anonymous", "yun", "operator"])
def test_without_a_token_every_unsafe_request_is_refused(world, name):
    seat = Seat(BY_NAME[name], world, csrf=True)
    interview = Interview(seat, world)
    watch = Watch()
    for probe in one_of_each(interview.probes):
        response = interview.send(probe, {"csrfmiddlewaretoken": "x" * 64})
        answered_first = probe.page.name in ANSWERED_FIRST or probe.method != "POST"
        refused = 405 if answered_first else 403
        if response.status_code != refused:
            interview.note(probe, f"{response.status_code}, not {refused}")
        if changed := watch.changed() - BOOKKEEPING.keys():
            interview.note(probe, f"changed {', '.join(sorted(changed))}")
    assert not interview.problems, "\n".join(interview.problems[:40])
