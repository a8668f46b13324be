"""Who may open what, as one table to be read and reviewed: permissions.csv.

Each cell is what a page answers a person who asks for what is his own; pages that only take
a POST are posted to. `UPDATE_PERMISSIONS=1 ./run test -p no:xdist tests/matrix/test_permissions.py`
writes the table anew.
"""

import csv
import os
from pathlib import Path

import pytest

from .actors import ACTORS, BY_NAME, Seat
from .asking import Interview
from .pages import Probe, pages

TABLE = Path(__file__).with_name("permissions.csv")
NAMES = [actor.name for actor in ACTORS]


def column(interview: Interview) -> dict[str, str]:
    """URL name (and button of the vendor's) → status, for one person."""
    found = {}
    for name, by_method in _own_probes(interview).items():
        response = interview.ask(by_method["GET"])
        if response.status_code == 405:
            response = interview.ask(by_method["POST"])
        found[name] = str(response.status_code)
    return found


def _own_probes(interview: Interview) -> dict[str, dict[str, Probe]]:
    """One GET and one POST for each page, always the same ones."""
    found: dict[str, dict[str, Probe]] = {}
    for probe in sorted(interview.probes, key=lambda probe: (probe.which != "own", probe.path)):
        if not probe.htmx and not probe.forged:
            name = f"{probe.page.name} {probe.button}".strip()
            found.setdefault(name, {}).setdefault(probe.method, probe)
    return found


def table() -> dict[str, dict[str, str]]:
    """URL name → person → status."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {row.pop("page"): row for row in csv.DictReader(file)}


def _write(name: str, statuses: dict[str, str]) -> None:
    known = table() if TABLE.exists() else {}
    pages = known | statuses if name != NAMES[0] else statuses
    rows = {page: known.get(page, {}) | {name: statuses.get(page, "")} for page in pages}
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["page", *NAMES], restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows({"page": page} | rows[page] for page in sorted(rows))


@pytest.mark.parametrize("name", NAMES)
def test_each_page_answers_each_person_as_the_table_says(world, name):
    interview = Interview(Seat(BY_NAME[name], world), world)
    statuses = column(interview)
    if os.environ.get("UPDATE_PERMISSIONS"):
        _write(name, statuses)
    agreed = {page: row[name] for page, row in table().items() if row[name]}
    wrong = {page: f"{agreed.get(page)} → {now}" for page, now in statuses.items()}
    wrong = {page: change for page, change in wrong.items() if agreed.get(page) != statuses[page]}
    assert not wrong, wrong
    assert not interview.problems, "\n".join(interview.problems)


def test_the_table_holds_every_page_and_no_other():
    assert {row.split()[0] for row in table()} == {page.name for page in pages()}
