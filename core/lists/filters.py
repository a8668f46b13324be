"""The query form of a list. Each filter owns its parameters, checks them and narrows rows."""

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models import QuerySet
from django.utils.datastructures import MultiValueDict
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ..clock import is_sensible, start_of
from ..masking import MASKS
from . import controls
from .columns import Label

Rows = QuerySet[Any]
Apply = Callable[[Rows, Any], Rows]


class BadFilter(Exception):
    """A value in the address that this filter cannot read. Its text is for the person."""


def tidy(value: str) -> str:
    """What people paste: full-width forms and stray blanks, made plain. No control characters."""
    plain = unicodedata.normalize("NFKC", value).strip()
    return "".join(c for c in plain if unicodedata.category(c)[0] != "C")[:200]


@dataclass(frozen=True)
class Filter:
    """`apply(rows, value)` narrows; without it, `field` is compared for equality.

    `mask` names the mask of what is asked for: somebody's phone is personal in a filter as well.
    """

    key: str
    label: Label
    field: str = ""
    apply: Apply | None = None
    mask: str = ""

    def parameters(self) -> tuple[str, ...]:
        return (self.key,)

    def read(self, data: Mapping[str, str]) -> Any:
        """The value asked for, or None. Raises BadFilter."""
        return tidy(data.get(self.key, "")) or None

    def narrow(self, rows: Rows, value: Any) -> Rows:
        if self.apply:
            return self.apply(rows, value)
        return rows.filter(**{self.field or self.key: value})

    def said(self, value: Any) -> str:
        """The value in words, for the sentence above the list."""
        return str(value)

    def told(self, value: Any) -> str:
        """The same for others than who asked: in files, the log, 任务中心."""
        said = self.said(value)
        return MASKS[self.mask](said) if self.mask else said

    def control(self, data: Mapping[str, str], today: date) -> str:
        """Its part of the query form, as HTML."""
        return controls.text(self.key, self.label, data.get(self.key, ""), "")


@dataclass(frozen=True)
class Text(Filter):
    placeholder: Label = ""

    def control(self, data: Mapping[str, str], today: date) -> str:
        return controls.text(self.key, self.label, data.get(self.key, ""), self.placeholder)


@dataclass(frozen=True)
class Choice(Filter):
    """`every` says what choosing nothing means, where that is not 全部."""

    choices: Mapping[Any, Any] = field(default_factory=dict)
    every: Label = ""

    def read(self, data: Mapping[str, str]) -> Any:
        value = data.get(self.key, "")
        if value and value not in self.choices:
            raise BadFilter(_("“%(label)s”没有这个选项。") % {"label": self.label})
        return value or None

    def said(self, value: Any) -> str:
        return str(self.choices[value])

    def control(self, data: Mapping[str, str], today: date) -> str:
        chosen = data.get(self.key, "")
        return controls.choice(self.key, self.label, self.choices, chosen, self.every)


@dataclass(frozen=True)
class Choices(Choice):
    """Several of them at once; the address repeats its parameter."""

    def read(self, data: Mapping[str, str]) -> Any:
        asked = data.getlist(self.key) if isinstance(data, MultiValueDict) else []
        chosen = tuple(code for code in self.choices if code in asked)
        if any(code and code not in self.choices for code in asked):
            raise BadFilter(_("“%(label)s”没有这个选项。") % {"label": self.label})
        return chosen or None

    def narrow(self, rows: Rows, value: Any) -> Rows:
        return rows.filter(**{f"{self.field or self.key}__in": value})

    def said(self, value: Any) -> str:
        return _("、").join(str(self.choices[code]) for code in value)

    def control(self, data: Mapping[str, str], today: date) -> str:
        asked = data.getlist(self.key) if isinstance(data, MultiValueDict) else []
        return controls.choices(
            self.key, self.label, self.choices, [code for code in self.choices if code in asked]
        )


@dataclass(frozen=True)
class Dates(Filter):
    """A range of Beijing days, both ends included, over a date or (`instants`) a timestamp.

    `ahead` offers days to come, for what is yet to happen.
    """

    instants: bool = True
    ahead: bool = False

    def parameters(self) -> tuple[str, str]:
        return (f"{self.key}_from", f"{self.key}_to")

    def read(self, data: Mapping[str, str]) -> tuple[date | None, date | None] | None:
        first, last = (self._day(data.get(name, "")) for name in self.parameters())
        if first and last and first > last:
            raise BadFilter(_("“%(label)s”的开始日期晚于结束日期。") % {"label": self.label})
        return (first, last) if first or last else None

    def said(self, value: tuple[date | None, date | None]) -> str:
        return _between(*value)

    def _day(self, text: str) -> date | None:
        text = tidy(text)
        try:
            day = date.fromisoformat(text) if text else None
        except ValueError:
            day = date.max
        if day and not is_sensible(day):
            raise BadFilter(_("“%(label)s”请填写形如 2026-11-20 的日期。") % {"label": self.label})
        return day

    def narrow(self, rows: Rows, value: tuple[date | None, date | None]) -> Rows:
        if self.apply:
            return self.apply(rows, value)
        first, last = value
        name = self.field or self.key
        if first:
            rows = rows.filter(**{f"{name}__gte": start_of(first) if self.instants else first})
        if last:
            after = last + timedelta(days=1)
            rows = rows.filter(**{f"{name}__lt": start_of(after) if self.instants else after})
        return rows

    def control(self, data: Mapping[str, str], today: date) -> str:
        names, language = self.parameters(), get_language() or ""
        values = _typed(data, names)
        return controls.dates(names, self.label, values, today, language, ahead=self.ahead)


@dataclass(frozen=True)
class Amounts(Filter):
    """A range of CNY amounts, both ends included."""

    def parameters(self) -> tuple[str, str]:
        return (f"{self.key}_min", f"{self.key}_max")

    def read(self, data: Mapping[str, str]) -> tuple[Decimal | None, Decimal | None] | None:
        low, high = (self._amount(data.get(name, "")) for name in self.parameters())
        if low is not None and high is not None and low > high:
            raise BadFilter(_("“%(label)s”的最小值大于最大值。") % {"label": self.label})
        return None if low is None and high is None else (low, high)

    def narrow(self, rows: Rows, value: tuple[Decimal | None, Decimal | None]) -> Rows:
        if self.apply:
            return self.apply(rows, value)
        (low, high), name = value, self.field or self.key
        if low is not None:
            rows = rows.filter(**{f"{name}__gte": low})
        return rows if high is None else rows.filter(**{f"{name}__lte": high})

    def said(self, value: tuple[Decimal | None, Decimal | None]) -> str:
        return _between(*value)

    def _amount(self, text: str) -> Decimal | None:
        text = tidy(text).replace(",", "")
        try:
            amount = Decimal(text) if text else None
        except InvalidOperation:
            amount = Decimal("NaN")
        if amount is not None and not (amount.is_finite() and abs(amount) < Decimal("1e15")):
            raise BadFilter(_("“%(label)s”请填写数字。") % {"label": self.label})
        return amount

    def control(self, data: Mapping[str, str], today: date) -> str:
        names = self.parameters()
        return controls.amounts(names, self.label, _typed(data, names))


def _typed(data: Mapping[str, str], names: tuple[str, str]) -> tuple[str, str]:
    first, last = names
    return data.get(first, ""), data.get(last, "")


def _between(low: Any, high: Any) -> str:
    if low is None:
        return _("至 %(high)s") % {"high": high}
    if high is None:
        return _("%(low)s 起") % {"low": low}
    return f"{low} – {high}"
