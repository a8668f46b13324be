"""Sums of what was read: exact, whatever the number of lines."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Context, Decimal, Inexact, localcontext

from billing.focus import Charge

Key = tuple[str, str]  # currency, charge category
Sums = dict[Key, tuple[int, Decimal]]  # lines and amount

# 38 digits a line leave room for any number of lines; a sum that is not exact raises.
_EXACT = Context(prec=100, traps=[Inexact])


@dataclass
class Totals:
    sums: Sums = field(default_factory=dict)
    first_day: date | None = None
    last_day: date | None = None

    @property
    def lines(self) -> int:
        return sum(count for count, _amount in self.sums.values())

    @contextmanager
    def exactly(self) -> Iterator[None]:
        with localcontext(_EXACT):
            yield

    def add(self, charge: Charge) -> None:
        key = (charge.currency, charge.category)
        count, amount = self.sums.get(key, (0, Decimal(0)))
        self.sums[key] = (count + 1, amount + charge.billed_cost)
        day = charge.day
        if self.first_day is None or self.last_day is None:
            self.first_day = self.last_day = day
        elif day < self.first_day:
            self.first_day = day
        elif day > self.last_day:
            self.last_day = day

    def subtract(self, lines: Iterable[tuple[str, str, Decimal]]) -> None:
        """Take lines out again, given as (currency, category, amount)."""
        with self.exactly():
            for currency, category, amount in lines:
                count, total = self.sums[currency, category]
                self.sums[currency, category] = (count - 1, total - amount)
        self.sums = {key: value for key, value in self.sums.items() if value[0]}


def as_json(sums: Mapping[Key, tuple[int, Decimal]]) -> dict[str, dict[str, str]]:
    """`{"USD": {"Usage": "20.52"}}`: text, so that no digit is lost."""
    made: dict[str, dict[str, str]] = {}
    for (currency, category), (_count, amount) in sorted(sums.items()):
        made.setdefault(currency, {})[category] = plain(amount)
    return made


def plain(amount: Decimal) -> str:
    """The number as written by people: no exponent, no trailing zeros."""
    text = f"{amount:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text
