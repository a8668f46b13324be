"""A list as a CSV file: the rows and columns of the screen, streamed in constant memory.

UTF-8 with a byte order mark for Excel; long numbers stay text; no cell becomes a formula
(security.md T-EXP-2).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, TextIO

from django.db.models import QuerySet

from .columns import Column
from .reading import Told, in_file, texts_by_column

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
    told: Told = lambda rows: None,
) -> int:
    """Write all rows; returns how many. `told` hears of each batch."""
    shown = in_file(columns)
    out.write("\ufeff" + _line(quoted(str(column.label)) for column in shown))
    written = 0
    for batch in texts_by_column(rows, shown, at=at, revealed=revealed, told=told):
        cells = [_safe(texts, column) for texts, column in zip(batch, shown, strict=True)]
        out.write("".join(map(_line, zip(*cells, strict=True))))
        written += len(cells[0])
    return written


def _line(cells: Iterable[str]) -> str:
    return ",".join(cells) + "\r\n"


def _safe(texts: list[str], column: Column) -> list[str]:
    """Defused and quoted; most columns of most batches hold nothing that needs either."""
    together = _BREAK + _BREAK.join(texts)
    if not column.numeric and any(_BREAK + start in together for start in _FORMULA):
        texts = [defused(text) for text in texts]
    if any(mark in together for mark in _QUOTED):
        texts = [quoted(text) for text in texts]
    return texts
