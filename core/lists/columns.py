"""The columns of a list: which values they read, and how a value looks on screen and in a file.

A page has 50 rows × 12 cells, so cells are made here, by plain functions, and not by a template
(docs/decisions/0004-lists.md). Whatever comes from data goes through `escape`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.html import escape

from .. import formats
from ..masking import MASKS

Label = str | Promise
Rows = Sequence[tuple[Any, ...]]


@dataclass(frozen=True)
class Page:
    """What cells may know of the page they are on."""

    now: datetime
    revealed: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Column:
    """One column. `fields` are names for `values_list`; the first may be all there is.

    Args:
        card: shown on a narrow screen, where a row is a card with a few facts.
        mask: a key of core.masking.MASKS; hidden until revealed, and the reveal is recorded.
    """

    key: str
    label: Label
    fields: tuple[str, ...] = ()
    numeric: bool = False
    card: bool = False
    mask: str = ""

    def reads(self) -> tuple[str, ...]:
        return self.fields or (self.key,)

    def html(self, values: tuple[Any, ...], page: Page) -> str:
        """The inside of the cell, escaped."""
        return escape(self.shown(values, page)) or formats.EMPTY

    def shown(self, values: tuple[Any, ...], page: Page) -> str:
        text = self.text(values)
        return MASKS[self.mask](text) if self.mask and self.key not in page.revealed else text

    def text(self, values: tuple[Any, ...]) -> str:
        """The plain value, for files."""
        value = values[0]
        return "" if value is None else str(value)

    @property
    def css(self) -> str:
        return " ".join(
            name for name in ("num" if self.numeric else "", "card" if self.card else "") if name
        )


@dataclass(frozen=True)
class Choice(Column):
    """A word for a code."""

    choices: Mapping[Any, Any] = field(default_factory=dict)

    def text(self, values: tuple[Any, ...]) -> str:
        return str(self.choices.get(values[0], values[0]))


@dataclass(frozen=True)
class State(Choice):
    """A dot and a word, never colour alone. `tones` maps a code to a colour of console.css."""

    tones: Mapping[Any, str] = field(default_factory=dict)

    def html(self, values: tuple[Any, ...], page: Page) -> str:
        tone = self.tones.get(values[0], "muted")
        return f'<span class="dot {tone}"></span>{escape(self.text(values))}'


@dataclass(frozen=True)
class Money(Column):
    """CNY, right-aligned, thousands, two places."""

    numeric: bool = True

    def text(self, values: tuple[Any, ...]) -> str:
        return "" if values[0] is None else str(values[0])

    def html(self, values: tuple[Any, ...], page: Page) -> str:
        return formats.money(values[0])


@dataclass(frozen=True)
class Instant(Column):
    """Relative time, with the absolute one as title."""

    def text(self, values: tuple[Any, ...]) -> str:
        return formats.instant(values[0]) if values[0] else ""

    def html(self, values: tuple[Any, ...], page: Page) -> str:
        at = values[0]
        if at is None:
            return formats.EMPTY
        return f'<time title="{formats.instant(at)}">{formats.ago(at, page.now)}</time>'


@dataclass(frozen=True)
class Day(Column):
    def text(self, values: tuple[Any, ...]) -> str:
        return values[0].isoformat() if values[0] else ""


@dataclass(frozen=True)
class Name(Column):
    """The first column: a masked name that links to the row's page, and a copyable id below.

    `fields` are the row's pk, the name, further lines, and the id. `url` makes the address from
    the pk; it opens in the drawer, or as a page in a new tab. Without it there is no link.
    """

    url: Callable[[Any], str] | None = None

    def text(self, values: tuple[Any, ...]) -> str:
        return values[1] or ""

    def html(self, values: tuple[Any, ...], page: Page) -> str:
        pk, name, *more, code = values
        masked = self.mask and self.key not in page.revealed
        if masked:
            name, more = MASKS[self.mask](name), [MASKS[self.mask](line) for line in more]
        lines = "".join(f'<span class="sub">{escape(line)}</span>' for line in more if line)
        copy = f'<button type="button" class="copy">{escape(code)}</button>' if code else ""
        return f"{self._link(pk, escape(name) or formats.EMPTY)}{lines}{copy}"

    def _link(self, pk: Any, name: str) -> str:
        if not self.url:
            return f'<span class="name">{name}</span>'
        url = escape(self.url(pk))
        return (
            f'<a class="name" href="{url}" hx-get="{url}?drawer=1" hx-target="#drawer">{name}</a>'
        )


@dataclass(frozen=True)
class Looked(Column):
    """Values that a second query finds for the rows on the page: `fetch(pks) -> {pk: value}`."""

    fetch: Callable[[list[Any]], Mapping[Any, Any]] = lambda pks: {}
    as_html: Callable[[Any, Any], str] | None = None
    default: Any = None

    def reads(self) -> tuple[str, ...]:
        return ("pk",)

    def html(self, values: tuple[Any, ...], page: Page) -> str:
        pk, value = values[0], values[1]
        return self.as_html(pk, value) if self.as_html else escape(self.text(values))

    def text(self, values: tuple[Any, ...]) -> str:
        return "" if values[1] is None else str(values[1])


@dataclass(frozen=True)
class Actions(Column):
    """The last column: at most three links or buttons, made by `buttons(values)`."""

    buttons: Callable[[tuple[Any, ...]], str] = lambda values: ""

    def html(self, values: tuple[Any, ...], page: Page) -> str:
        return self.buttons(values)


def row_builder(columns: Sequence[Column], names: Sequence[str]) -> Callable[..., list[tuple]]:
    """A function from one row of `values_list(*names)` to the values of each column."""
    wanted = [tuple(names.index(name) for name in column.reads()) for column in columns]

    def build(row: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        return [tuple(row[i] for i in indexes) for indexes in wanted]

    return build


def fields_of(columns: Sequence[Column], *always: str) -> list[str]:
    """The distinct names that these columns read, `always` first."""
    return list(dict.fromkeys([*always, *(name for c in columns for name in c.reads())]))
