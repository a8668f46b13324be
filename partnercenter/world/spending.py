"""How much a customer spends, in what rhythm, and what became of it lately."""

from dataclasses import dataclass
from datetime import date
from enum import Enum
from itertools import accumulate
from math import pi, sin
from random import Random

from . import services
from .plan import Spec

# CNY a day at list of those who spend at all: half spend less than the median, a few a fortune.
MEDIAN_FEN = 900
SPREAD = 1.75
TAIL_SHARE, TAIL_SHAPE, TAIL_LIMIT = 0.004, 1.1, 150
MOST_FEN = 20_000_000

SILENT_DAYS = 14  # without any consumption: then a customer counts as silent
FEW_DAYS = 31  # of consumption that must come before


class Course(Enum):
    """What the last weeks look like."""

    NEVER = "never"
    STEADY = "steady"
    GROWING = "growing"
    DROPPING = "dropping"
    SILENT = "silent"
    RELEASING = "releasing"

    @property
    def is_leaving(self) -> bool:
        return self in (Course.DROPPING, Course.SILENT, Course.RELEASING)


# Shares of customers; the rest is steady. Those who leave are more where there is more trouble.
_SHARES = {
    Course.NEVER: 0.18,
    Course.GROWING: 0.05,
    Course.DROPPING: 0.015,
    Course.SILENT: 0.012,
    Course.RELEASING: 0.004,
}

# Factors of Monday to Sunday. Batch work runs on fixed weekdays, so that weeks stay equal.
_RHYTHMS = (
    (1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0),
    (1.12, 1.15, 1.15, 1.14, 1.1, 0.7, 0.64),
    (0.9, 0.9, 0.92, 0.95, 1.1, 1.15, 1.08),
    (1.3, 1.3, 1.3, 1.3, 1.3, 0.25, 0.25),
)
_BATCH = ((2.3, 0, 2.3, 0, 2.4, 0, 0), (0, 3.5, 0, 0, 3.5, 0, 0), (0, 0, 0, 0, 0, 3.5, 3.5))
_BATCH_SHARE = 0.11
_VARIANTS = 60


@dataclass(slots=True)
class Spending:
    """One customer's habits. `daily` is the average of a day in fen (CNY 0.01)."""

    course: Course
    daily: float
    curve: list[float]
    services: list[tuple[int, float]]
    tail: int = 0
    factor: float = 1.0

    def amounts(self, joined: int, left: int) -> list[float]:
        """Fen by day of the calendar; nothing before index `joined` or from index `left` on."""
        days = len(self.curve)
        daily, start = self.daily, days - self.tail
        made = [daily * height for height in self.curve]
        if self.course is Course.GROWING:
            made = [fen * (0.6 + 0.8 * day / days) for day, fen in enumerate(made)]
        elif self.tail:
            made[start:] = [fen * self.factor for fen in made[start:]]
        if joined > 0:
            made[:joined] = [0.0] * min(joined, days)
        if left < days:
            made[left:] = [0.0] * (days - left)
        return made


class Habits:
    """Draws customers' spending. The curves are shared: rhythm × noise × season, by day."""

    def __init__(self, spec: Spec) -> None:
        self.days = len(spec.days)
        rng = spec.stream("curves")
        self._curves = [_curve(spec.days, week, rng) for week in _RHYTHMS for _ in range(_VARIANTS)]
        self._batch = [_curve(spec.days, week, rng) for week in _BATCH for _ in range(_VARIANTS)]
        self._none = [0.0] * self.days
        self._courses = _courses(spec.trouble)

    def draw(self, rng: Random) -> Spending:
        chance = rng.random()
        course = next(course for share, course in self._courses if chance < share)
        if course is Course.NEVER:
            return Spending(course, 0.0, self._none, [])
        daily = MEDIAN_FEN * 2.718281828459045 ** rng.gauss(0, SPREAD)
        if rng.random() < TAIL_SHARE:
            daily *= min(TAIL_LIMIT, rng.paretovariate(TAIL_SHAPE))
        curves = self._batch if rng.random() < _BATCH_SHARE else self._curves
        curve = curves[int(rng.random() * len(curves))]
        tail, factor = self._tail(course, rng)
        return Spending(course, min(daily, MOST_FEN), curve, _split(daily, rng), tail, factor)

    def _tail(self, course: Course, rng: Random) -> tuple[int, float]:
        longest = max(1, self.days - FEW_DAYS)
        if course is Course.SILENT:
            days = SILENT_DAYS + int(rng.expovariate(0.15)) if rng.random() < 0.6 else 5
            return min(days, longest), 0.0
        if course is Course.DROPPING:
            return min(rng.randint(5, 10), longest), rng.uniform(0.08, 0.4)
        if course is Course.RELEASING:
            return min(rng.randint(1, 6), longest), rng.uniform(0.2, 0.6)
        return 0, 1.0


def _courses(trouble: int) -> list[tuple[float, Course]]:
    """Each course with the end of its slice of [0, 1)."""
    shares = [
        (share * (trouble if course.is_leaving else 1), course) for course, share in _SHARES.items()
    ]
    ends = accumulate(share for share, _ in shares)
    named = [(end, course) for end, (_, course) in zip(ends, shares, strict=True)]
    return [*named, (1.0, Course.STEADY)]


def _curve(days: list[date], week: tuple[float, ...], rng: Random) -> list[float]:
    swing, month_swing = rng.uniform(0.03, 0.14), rng.uniform(0, 0.1)
    return [
        week[day.weekday()]
        * season(day)
        * (1 + month_swing * sin(2 * pi * day.day / 30.4))
        * max(0.3, rng.gauss(1, swing))
        for day in days
    ]


def season(day: date) -> float:
    """Busy towards the year's end (双11, year-end projects), quiet around the Spring Festival."""
    return 1 + 0.12 * sin(2 * pi * (day.timetuple().tm_yday - 230) / 365)


def _split(daily: float, rng: Random) -> list[tuple[int, float]]:
    """Services with their shares: small customers use one, large ones several."""
    count = 1
    if daily > 3_000:
        count += rng.random() < 0.4
    if daily > 50_000:
        count += 1 + (rng.random() < 0.5)
    if daily > 500_000:
        count += 2
    chosen = services.pick([rng.random() for _ in range(count)])
    left, shares = 1.0, []
    for service in chosen[:-1]:
        share = left * rng.uniform(0.4, 0.75)
        shares.append((service, share))
        left -= share
    return [*shares, (chosen[-1], left)]
