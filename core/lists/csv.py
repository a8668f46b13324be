"""A list as a CSV file: the rows and columns of the screen, streamed in constant memory.

UTF-8 with a byte order mark for Excel; long numbers stay text; no cell becomes a formula
(security.md T-EXP-2).
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, TextIO

from django.db.models import QuerySet

from .columns import Actions, Choice, Column, Page, fields_of
from .reading import batches

CHUNK = 2_000
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_QUOTED = (",", '"', "\r", "\n")
_BREAK = "\0"  # in no text of PostgreSQL's


def defused(text: str) -> str:
    """Text that a spreadsheet will not run. Numbers keep their minus."""
    if not text.startswith(_FORMULA):
        return text
    return text if _is_number(text) else "'" + text


def _is_number(text: str) -> bool:
    return text[:1] in "+-" and text[1:].replace(".", "", 1).isdigit() and text.isascii()


def quoted(text: str) -> str:
    """The text as RFC 4180 writes it."""
    if any(mark in text for mark in _QUOTED):
        return '"' + text.replace('"', '""') + '"'
    return text


def write_csv(
    rows: QuerySet[Any],
    columns: Sequence[Column],
    out: TextIO,
    *,
    at: datetime,
    revealed: frozenset[str] = frozenset(),
) -> int:
    """Write all rows; returns how many. Personal data stays masked but for `revealed` columns.

    Runs inside the caller's transaction, which is the snapshot of the file.
    """
    shown = [column for column in columns if not isinstance(column, Actions)]
    names = fields_of(shown, "pk")
    out.write("\ufeff" + _line(quoted(str(column.label)) for column in shown))
    written = 0
    for batch in batches(rows.values_list(*names), CHUNK):
        # By columns: a million rows are ten million cells, and what each costs by itself counts.
        values = dict(zip(names, zip(*batch, strict=True), strict=True))
        page = Page(now=at, pks=values["pk"], revealed=revealed)
        cells = [_safe(_texts(column, page, values), column) for column in shown]
        out.write("".join(map(_line, zip(*cells, strict=True))))
        written += len(batch)
    return written


def _line(cells: Iterable[str]) -> str:
    return ",".join(cells) + "\r\n"


def _texts(column: Column, page: Page, values: dict[str, tuple[Any, ...]]) -> Iterator[str]:
    """One column's texts of a batch."""
    shown = column.shown(page)
    read = [values[name] for name in column.reads()]
    if len(read) > 1:
        return map(shown, zip(*read, strict=True))
    if isinstance(column, Choice):  # each code once
        return map({code: shown(code) for code in set(read[0])}.__getitem__, read[0])
    return map(shown, read[0])


def _safe(texts: Iterator[str], column: Column) -> list[str]:
    """Defused and quoted; most columns of most batches hold nothing that needs either."""
    cells = list(texts)
    together = _BREAK + _BREAK.join(cells)
    if not column.numeric and any(_BREAK + start in together for start in _FORMULA):
        cells = [defused(text) for text in cells]
    if any(mark in together for mark in _QUOTED):
        cells = [quoted(text) for text in cells]
    return cells
