"""Which of all probes a run asks.

Everybody asks for his own of every page (permissions.py). Every manner (URL × whose row ×
method × htmx × forged) is asked once by somebody, and each kind of person asks of every URL and
whose row at least once; who asks, for which row and in which manner is drawn, as are the probes
beyond. Each commit draws others; the seed is printed, and MATRIX_SEED repeats a draw.
"""

import os
import subprocess
from collections.abc import Callable, Mapping
from functools import cache
from itertools import islice
from pathlib import Path
from random import Random

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


def draw(
    possible: Mapping[str, list[Probe]],
    at_least: int | None,
    kinds: Mapping[str, str] | None = None,
    told: Mapping[str, list[Probe]] | None = None,
) -> Drawn:
    """Every manner once, every kind of person everywhere, and more until there are enough.

    `kinds` says of which kind each actor is; `told` is asked in any case. None as a number:
    everything.
    """
    if at_least is None:
        return dict(possible)
    pairs = [(name, probe) for name, probes in possible.items() for probe in probes]
    Random(seed()).shuffle(pairs)
    taken = {id(probe): (name, probe) for name, mine in (told or {}).items() for probe in mine}

    def take_first(of: Callable[[str, Probe], object]) -> None:
        """One of each that has none yet."""
        met = {of(*pair) for pair in taken.values()}
        for name, probe in pairs:
            if (what := of(name, probe)) not in met:
                met.add(what)
                taken[id(probe)] = (name, probe)

    take_first(lambda _name, probe: probe.manner)
    if kinds:
        take_first(lambda name, probe: (kinds[name], probe.form, probe.which))
    beyond = (pair for pair in pairs if id(pair[1]) not in taken)
    for name, probe in islice(beyond, max(0, at_least - len(taken))):
        taken[id(probe)] = (name, probe)
    drawn: Drawn = {name: [] for name in possible}
    for name, probe in taken.values():
        drawn[name].append(probe)
    return drawn
