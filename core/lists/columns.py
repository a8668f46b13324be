"""The columns of a list: which values they read, and how a value looks on screen and in a file.

A page has 50 rows × 12 cells, so cells are made here, by plain functions, and not by a template
(docs/decisions/0004-lists.md). A column makes its function once a page: labels are translated,
addresses resolved and further values fetched by then. What comes from data is escaped.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from html import escape
from operator import itemgetter
from typing import Any

from django.template.loader import render_to_string
from django.utils.functional import Promise

from .. import formats
from ..access import Decision
from ..masking import MASKS

Label = str | Promise
# From a row's value, or from a tuple of them when the column reads several fields.
Cell = Callable[[Any], str]


@dataclass(frozen=True)
class Page:
    """What columns may know of the page they are on: the keys of its rows, and what is shown."""

    now: datetime
    pks: Sequence[Any] = ()
    revealed: frozenset[str] = frozenset()


def drawer_link(url: str, words: str, css: str = "") -> str:
    """A link that opens in the drawer, which list.html makes its target, or as a page.

    Both texts are escaped by then.
    """
    css = f' class="{css}"' if css else ""
    return f'<a{css} href="{url}" hx-get="{url}?drawer=1">{words}</a>'


@dataclass(frozen=True)
class Column:
    """One column; without `fields` it reads the field named `key`.

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

    def cell(self, page: Page) -> Cell:
        """Makes the inside of a cell: escaped HTML."""
        shown = self.shown(page)
        return lambda value: escape(shown(value)) or formats.EMPTY

    def shown(self, page: Page) -> Cell:
        """Makes the text a reader sees: masked unless revealed."""
        plain = self.plain(page)
        if not self.mask or self.key in page.revealed:
            return plain
        mask = MASKS[self.mask]
        return lambda value: mask(plain(value))

    def plain(self, page: Page) -> Cell:
        """Makes the plain text of a value, for files."""
        return lambda value: "" if value is None else str(value)

    def in_file(self) -> "Sequence[Column]":
        """What it becomes in a file."""
        return (self,)

    @property
    def css(self) -> str:
        return " ".join(["num"] * self.numeric + ["card"] * self.card)


@dataclass(frozen=True)
class Choice(Column):
    """A word for a code."""

    choices: Mapping[Any, Any] = field(default_factory=dict)

    def plain(self, page: Page) -> Cell:
        words = {code: str(label) for code, label in self.choices.items()}
        return lambda code: words.get(code) or str(code)


@dataclass(frozen=True)
class State(Choice):
    """A dot and a word, never colour alone. `tones` maps a code to a colour of console.css."""

    tones: Mapping[Any, str] = field(default_factory=dict)

    def cell(self, page: Page) -> Cell:
        word, tones = self.plain(page), self.tones
        return lambda code: (
            f'<span class="dot {tones.get(code, "muted")}"></span>{escape(word(code))}'
        )


@dataclass(frozen=True)
class Money(Column):
    """CNY, right-aligned, thousands, two places."""

    numeric: bool = True

    def cell(self, page: Page) -> Cell:
        return formats.money


@dataclass(frozen=True)
class Instant(Column):
    """Relative time, with the absolute one as title."""

    def plain(self, page: Page) -> Cell:
        return lambda at: formats.instant(at) if at else ""

    def cell(self, page: Page) -> Cell:
        ago = formats.ago_at(page.now)

        def cell(at: datetime | None) -> str:
            if at is None:
                return formats.EMPTY
            return f'<time title="{formats.instant(at)}">{ago(at)}</time>'

        return cell


@dataclass(frozen=True)
class Day(Column):
    def plain(self, page: Page) -> Cell:
        def plain(day: date | None) -> str:
            return day.isoformat() if day else ""

        return plain


@dataclass(frozen=True)
class Name(Column):
    """The first column: a masked name that links to the row's page, and a copyable id below.

    `fields` are the row's pk, the name, further lines, and the id. `url` makes the address from
    the pk; it opens in the drawer, or as a page in a new tab. Without it there is no link.
    """

    url: Callable[[Any], str] | None = None
    parts: Sequence[Column] = ()  # in a file each line stands in a column of its own

    def in_file(self) -> Sequence[Column]:
        return self.parts or (self,)

    def plain(self, page: Page) -> Cell:
        return lambda values: values[1] or ""

    def cell(self, page: Page) -> Cell:
        hidden = self.mask and self.key not in page.revealed
        show = MASKS[self.mask] if hidden else str

        def cell(values: tuple[Any, ...]) -> str:
            pk, name, *more, code = values
            lines = "".join(f'<span class="sub">{escape(show(m))}</span>' for m in more if m)
            copy = f'<button type="button" class="copy">{escape(code)}</button>' if code else ""
            return f"{self._link(pk, escape(show(name or '')) or formats.EMPTY)}{lines}{copy}"

        return cell

    def _link(self, pk: Any, name: str) -> str:
        if not self.url:
            return f'<span class="name">{name}</span>'
        return drawer_link(escape(self.url(pk)), name, "name")


@dataclass(frozen=True)
class Looked(Column):
    """Values that one more query finds for all rows of the page: `fetch(pks) -> {pk: value}`."""

    fetch: Callable[[list[Any]], Mapping[Any, Any]] = lambda pks: {}
    default: Any = None
    html: Callable[[Any, Any], str] | None = None  # from pk and value; else the plain text

    def reads(self) -> tuple[str, ...]:
        return ("pk",)

    def plain(self, page: Page) -> Cell:
        found, default = self._found(page), self.default
        return lambda pk: str(found.get(pk, default))

    def cell(self, page: Page) -> Cell:
        if not (html := self.html):
            return super().cell(page)
        found, default = self._found(page), self.default
        return lambda pk: html(pk, found.get(pk, default))

    def _found(self, page: Page) -> Mapping[Any, Any]:
        return self.fetch(list(page.pks)) if page.pks else {}


@dataclass(frozen=True)
class Actions(Column):
    """The last column: at most three links or buttons. Not part of a file."""

    buttons: Callable[[Page], Cell] = lambda page: str

    @property
    def css(self) -> str:
        return "act"

    def in_file(self) -> Sequence[Column]:
        return ()

    def cell(self, page: Page) -> Cell:
        return self.buttons(page)


def refused(decision: Decision, words: Label) -> str:
    """In place of a button: why this person may not press it."""
    context = {"decision": decision, "words": words, "css": "btn-action"}
    return render_to_string("ui/refused.html", context)


def fields_of(columns: Sequence[Column], *always: str) -> list[str]:
    """The distinct names that these columns read, `always` first."""
    return list(dict.fromkeys([*always, *(name for c in columns for name in c.reads())]))


def getter(column: Column, names: Sequence[str]) -> Callable[[tuple[Any, ...]], Any]:
    """From a row of `values_list(*names)` to what the column's cells take."""
    return itemgetter(*(names.index(name) for name in column.reads()))
