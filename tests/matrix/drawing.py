"""Which of all probes a run asks.

Every manner (URL × whose row × method × htmx × forged) is asked once by each kind of person;
who of that kind asks, and for which row, is drawn, as are the probes beyond. Each commit draws
others; the seed is printed, and MATRIX_SEED repeats a draw.
"""

import os
import subprocess
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path

from .pages import Probe

IN_CI = 15_000  # probes of the matrix, at least
Drawn = dict[str, list[Probe]]  # actor → what that person is asked to ask


@cache
def seed() -> str:
    """The commit, where there is one."""
    if given := os.environ.get("MATRIX_SEED"):
        return given
    asked = ["git", "rev-parse", "--short=12", "HEAD"]
    told = subprocess.run(asked, cwd=Path(__file__).parent, capture_output=True, text=True)
    return told.stdout.strip() or "no commit"


def draw(possible: Mapping[str, list[Probe]], at_least: int | None) -> Drawn:
    """Every manner once, and more until there are enough; None: everything."""
    if at_least is None:
        return dict(possible)
    pairs = [(name, probe) for name, probes in possible.items() for probe in probes]
    pairs.sort(key=lambda pair: _lot(*pair))
    first: dict[object, tuple[str, Probe]] = {}
    for name, probe in pairs:
        first.setdefault(probe.manner, (name, probe))
    taken = {id(probe) for _name, probe in first.values()}
    beyond = (pair for pair in pairs if id(pair[1]) not in taken)
    drawn: Drawn = {name: [] for name in possible}
    for name, probe in first.values():
        drawn[name].append(probe)
    for (name, probe), _n in zip(beyond, range(at_least - len(first)), strict=False):
        drawn[name].append(probe)
    return drawn


def _lot(name: str, probe: Probe) -> bytes:
    return sha256(f"{seed()} {name} {probe}".encode()).digest()
