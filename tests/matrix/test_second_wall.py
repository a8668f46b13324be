"""T-RLS-2: the reading probes once more, with the first wall removed.

Whatever a query forgets, PostgreSQL still answers with the acting partner's rows alone.
"""

from typing import Any

import pytest
from django.apps import apps

from core import tenancy

from .actors import BY_NAME, DISTRIBUTOR, RESELLER, Seat
from .asking import Interview, whole
from .marks import find
from .pages import Probe

READERS = ("nobody", "left", "yun", "jing", "cai", "nothing", "double", "zong", "pang")
# What the second wall keeps apart is partners, not the people within one.
WITHIN = {
    "distributor": DISTRIBUTOR,
    "reseller": (*RESELLER, "someone"),
    "stranger": ("stranger",),
}


class Reading(Interview):
    """Looks for marks of other partners, and for nothing else."""

    def _judge(self, probe: Probe, response: Any, sent: Any) -> None:
        given = {probe.path.rstrip("/").rpartition("/")[2]}
        for seen in find(whole(response), given=given | set(probe.path.split("/"))):
            partner = next((name for name, groups in WITHIN.items() if seen.group in groups), "")
            mine = self.world.partners.get(partner)
            own = mine is not None and mine.pk == self.seat.partner_id
            if not own and not self.seat.may_see(seen, probe.page.name, probe.page.access):
                self.note(probe, f"shows {seen}")

    def _judge_changes(self, probe: Probe, response: Any, changed: set[str]) -> None:
        """Reading is judged here, not writing."""


@pytest.fixture
def no_first_wall(monkeypatch):
    """`visible_to` narrows nothing any more."""
    walls = {
        type(model._default_manager.all())
        for model in apps.get_models()
        if hasattr(model._default_manager, "visible_to")
    }
    assert len(walls) >= 8
    for queryset in walls:
        monkeypatch.setattr(queryset, "visible_to", lambda rows, *args, **kwargs: rows.all())


@pytest.mark.parametrize("name", READERS)
def test_the_second_wall_alone_keeps_partners_apart(world, no_first_wall, name):
    interview = Reading(Seat(BY_NAME[name], world), world)
    probes = [p for p in interview.probes if p.method == "GET" and p.page.access.kind != "public"]
    for probe in probes:
        interview.ask(probe)
    print(f"{name}: {len(probes)} probes without the first wall")
    assert not interview.problems, "\n".join(interview.problems[:40])


def test_without_either_wall_the_probes_see_everything(world, no_first_wall, monkeypatch):
    """Or the test above would prove nothing."""
    interview = Reading(Seat(BY_NAME["yun"], world), world)
    monkeypatch.setattr(tenancy, "tenant", lambda *args, **kwargs: tenancy.vendor())
    for probe in interview.probes:
        if probe.method == "GET" and probe.page.name == "customers:customer_list":
            interview.ask(probe)
    assert any("stranger's" in problem for problem in interview.problems)
