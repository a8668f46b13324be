"""Who may open what, as one table to be read and reviewed: permissions.csv.

Each cell is what a page answers a person who asks for what is his own; pages that only take
a POST are posted to. `UPDATE_PERMISSIONS=1 ./run test -p no:xdist tests/matrix/test_matrix.py`
writes the table anew.
"""

import csv
import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from .actors import ACTORS
from .asking import Interview
from .pages import Probe

TABLE = Path(__file__).with_name("permissions.csv")
NAMES = [actor.name for actor in ACTORS]
UPDATE = bool(os.environ.get("UPDATE_PERMISSIONS"))

OwnProbes = dict[str, dict[str, Probe]]  # page (and button of the vendor's) → method → probe


def own_probes(probes: Iterable[Probe]) -> OwnProbes:
    """One GET and one POST for each page, always the same ones."""
    found: OwnProbes = {}
    for probe in sorted(probes, key=lambda probe: (probe.which != "own", probe.path)):
        if not probe.htmx and not probe.forged:
            name = f"{probe.page.name} {probe.button}".strip()
            found.setdefault(name, {}).setdefault(probe.method, probe)
    return found


def ask_own(interview: Interview, own: OwnProbes) -> tuple[dict[str, str], set[int]]:
    """The statuses of these pages, and which probes were asked for them."""
    found, asked = {}, set()
    for name, by_method in own.items():
        for method in ("GET", "POST"):
            response = interview.ask(by_method[method])
            asked.add(id(by_method[method]))
            if response.status_code != 405:
                break
        found[name] = str(response.status_code)
    return found, asked


def opened_to(name: str, possible: Iterable[Probe], but: str = "") -> list[Probe]:
    """Every page that the table opens to this person, and not to `but`; once, of a row of his own
    where he has one."""
    known, own = table(), own_probes(possible)
    opened = (page for page in own if known[page][name] == "200")
    return [own[page]["GET"] for page in opened if not but or known[page][but] != "200"]


def own_posts(interview: Interview) -> list[Probe]:
    """One proper POST for each page that the table opens to this person."""
    name, known = interview.seat.actor.name, table()
    found: dict[str, Probe] = {}
    for probe in interview.probes:
        proper = probe.method == "POST" and probe.visible and not (probe.htmx or probe.forged)
        page = f"{probe.page.name} {probe.button}".strip()
        if proper and known[page][name] != "403":
            found.setdefault(f"{page} {probe.path}", probe)
    return list(found.values())


@cache
def table() -> dict[str, dict[str, str]]:
    """URL name → person → status."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {row.pop("page"): row for row in csv.DictReader(file)}


def write(name: str, statuses: dict[str, str]) -> None:
    table.cache_clear()
    known = table() if TABLE.exists() else {}
    pages = known | statuses if name != NAMES[0] else statuses
    rows = {page: known.get(page, {}) | {name: statuses.get(page, "")} for page in pages}
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["page", *NAMES], restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows({"page": page} | rows[page] for page in sorted(rows))


def differences(name: str, statuses: dict[str, str]) -> list[str]:
    """Where a person is answered otherwise than the table says."""
    agreed = {page: row[name] for page, row in table().items()}
    return [
        f"{name}: {page}: {agreed.get(page)} → {now}"
        for page, now in statuses.items()
        if agreed.get(page) != now
    ]
