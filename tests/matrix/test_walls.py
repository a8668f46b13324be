"""T-RLS-2: the probes once more with each wall alone.

Without the first, PostgreSQL still answers with the acting partner's rows alone, whatever a
query forgets; without the second, queries still ask for no others.
"""

import inspect
from typing import Any

import pytest
from django.apps import apps
from django.db.models import QuerySet

from core import tenancy

from .actors import BY_NAME, DISTRIBUTOR, RESELLER, Seat
from .asking import Interview, seen_in
from .drawing import draw, seed
from .marks import Seen
from .pages import Probe, probes

ALONE = 1200  # probes of each wall, at least
ASKERS = ("nobody", "left", "yun", "jing", "cai", "nothing", "double", "zong", "pang")
# What the second wall keeps apart is partners, not the people within one.
WITHIN = {
    "distributor": DISTRIBUTOR,
    "reseller": (*RESELLER, "someone"),
    "stranger": ("stranger",),
    "second": ("second",),
}
_PERSON = {"member", "manager", "user", "partner_id"}


class BehindSecondWall(Interview):
    """Looks for rows of other partners, shown or changed, and for nothing else."""

    def _judge(self, probe: Probe, response: Any, sent: Any) -> None:
        for seen in seen_in(response, probe, sent):
            if not self._may_read(seen, probe):
                self.note(probe, f"shows {seen}")

    def _may_read(self, seen: Seen, probe: Probe) -> bool:
        """All of one's own partner, and of its resellers on pages that reach them."""
        name = next((name for name, groups in WITHIN.items() if seen.group in groups), "")
        if partner := self.world.partners.get(name):
            theirs = partner.distributor_id if probe.page.access.reach_resellers else None
            if self.seat.partner_id in {partner.pk, theirs} - {None}:
                return True
        return self.seat.may_see(seen, probe.page.name, probe.page.access)

    def _judge_changes(self, probe: Probe, response: Any, changed: set[str]) -> None:
        self._judge_foreign_rows(probe, changed)


def narrowing_words() -> list[tuple[type[QuerySet], str]]:
    """Every word of a queryset that takes a person or a partner and answers rows."""
    sets = {type(model._default_manager.all()) for model in apps.get_models()}
    return [(rows, name) for rows in sets for name in dir(rows) if _narrows(getattr(rows, name))]


def _narrows(word: Any) -> bool:
    if not inspect.isfunction(word) or word.__module__.startswith("django."):
        return False
    signature = inspect.signature(word)
    answers = str(signature.return_annotation)
    rows = answers.endswith(("QuerySet", "QuerySet'", "Self"))
    return rows and bool(_PERSON & signature.parameters.keys())


@pytest.fixture
def no_first_wall(monkeypatch):
    """No word narrows anything any more."""
    words = narrowing_words()
    assert {"visible_to", "owned_by", "about_customer", "since_assigned", "of_user"} <= {
        name for _rows, name in words
    }
    for rows, name in words:
        monkeypatch.setattr(rows, name, lambda rows, *args, **kwargs: rows.all())


@pytest.fixture
def no_second_wall(monkeypatch):
    """PostgreSQL shows every row to everybody."""
    monkeypatch.setattr(tenancy, "tenant", lambda *args, **kwargs: tenancy.vendor())


def drawn(world: Any, limit: int | None) -> dict[str, list[Probe]]:
    """Readings and writings, as far as the page is not everybody's."""
    possible = {
        name: [
            probe
            for probe in probes(Seat(BY_NAME[name], world), world, ("GET", "POST"))
            if not probe.htmx and probe.page.access.kind != "public"
        ]
        for name in ASKERS
    }
    return draw(possible, limit and ALONE)


def ask_all(world: Any, how: type[Interview], limit: int | None) -> list[str]:
    asked, problems = drawn(world, limit), []
    for name, mine in asked.items():
        interview = how(Seat(BY_NAME[name], world), world, mine)
        for probe in mine:
            interview.ask(probe)
        problems += interview.problems
    number = sum(map(len, asked.values()))
    assert number >= ALONE
    print(f"{number} probes, seed {seed()}")
    return problems


def test_the_second_wall_alone_keeps_partners_apart(world, no_first_wall, limit):
    problems = ask_all(world, BehindSecondWall, limit)
    assert not problems, f"seed {seed()}\n" + "\n".join(problems[:40])


def test_the_first_wall_alone_keeps_everybody_apart(world, no_second_wall, limit):
    problems = ask_all(world, Interview, limit)
    assert not problems, f"seed {seed()}\n" + "\n".join(problems[:40])


def test_without_either_wall_the_probes_see_everything(world, no_first_wall, no_second_wall):
    """Or the tests above would prove nothing."""
    interview = BehindSecondWall(Seat(BY_NAME["yun"], world), world)
    for probe in interview.probes:
        if probe.method == "GET" and probe.page.name == "customers:customer_list":
            interview.ask(probe)
    assert any("stranger's" in problem for problem in interview.problems)


def test_without_either_wall_the_probes_change_others_rows(world, no_first_wall, no_second_wall):
    interview = BehindSecondWall(Seat(BY_NAME["yun"], world), world)
    for probe in interview.probes:
        if probe.method == "POST" and probe.page.name == "activity:open_notification":
            interview.ask(probe)
    assert any("changed others' rows" in problem for problem in interview.problems)
