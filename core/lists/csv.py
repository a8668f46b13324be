"""A list as a CSV file: the rows and columns of the screen, streamed in constant memory.

UTF-8 with a byte order mark for Excel; long numbers stay text; no cell becomes a formula
(security.md T-EXP-2).
"""

import csv
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, TextIO

from django.db.models import QuerySet

from .columns import Actions, Cell, Column, Page, fields_of, getter

CHUNK = 2_000
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def defused(text: str) -> str:
    """Text that a spreadsheet will not run. Numbers keep their minus."""
    if not text.startswith(_FORMULA):
        return text
    return text if _is_number(text) else "'" + text


def _is_number(text: str) -> bool:
    return text[:1] in "+-" and text[1:].replace(".", "", 1).isdigit() and text.isascii()


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
    getters = [getter(column, names) for column in shown]
    writer = csv.writer(out)
    out.write("\ufeff")
    writer.writerow([str(column.label) for column in shown])
    written = 0
    for batch in _batches(rows.values_list(*names).iterator(chunk_size=CHUNK)):
        page = Page(now=at, pks=[row[0] for row in batch], revealed=revealed)
        bound = [(value, _text(column, page)) for value, column in zip(getters, shown, strict=True)]
        writer.writerows([[text(value(row)) for value, text in bound] for row in batch])
        written += len(batch)
    return written


def _batches(rows: Iterator[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    while batch := list(islice(rows, CHUNK)):
        yield batch


def _text(column: Column, page: Page) -> Cell:
    shown = column.shown(page)
    return shown if column.numeric else lambda value: defused(shown(value))
