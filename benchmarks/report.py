"""Rounds, medians, and whether a promise is kept."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from random import Random
from statistics import median
from typing import Any, TypeVar

Key = TypeVar("Key")
Found = TypeVar("Found")


def interleaved(
    targets: Sequence[Key], measure: Callable[[Key], Found], *, rounds: int, seed: int
) -> list[dict[Key, Found]]:
    """Each round visits each target once, in an order that the seed shuffles.

    Ratios are taken inside a round, where all had the same neighbours.
    """
    rng, found = Random(seed), []
    for _ in range(rounds):
        order = list(targets)
        rng.shuffle(order)
        found.append({target: measure(target) for target in order})
    return found


def middle(values: Iterable[float]) -> float:
    return round(median(values), 3)


def judged(result: dict[str, Any], **limits: tuple[str, float]) -> dict[str, Any]:
    """The result with its promises and whether they are kept. A limit is ("<=" or ">=", number)."""
    promises = {name: f"{sign} {number:g}" for name, (sign, number) in limits.items()}
    kept = all(_holds(result, name, *limit) for name, limit in limits.items())
    return result | {"promises": promises, "kept": kept}


def _holds(result: Mapping[str, Any], name: str, sign: str, number: float) -> bool:
    value = result.get(name)
    if value is None:
        return False
    return value <= number if sign == "<=" else value >= number
