"""A list as a CSV file: the rows and columns of the screen, streamed in constant memory.

UTF-8 with a byte order mark for Excel; long numbers stay text; no cell becomes a formula
(security.md T-EXP-2).
"""

import csv
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TextIO

from django.db.models import QuerySet

from ..masking import MASKS
from .columns import Actions, Column, Looked, fields_of, row_builder
from .engine import looked_up

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
    rows: QuerySet[Any], columns: Sequence[Column], out: TextIO, *, revealed: bool = False
) -> int:
    """Write all rows; returns how many. Personal data stays masked unless `revealed`.

    Runs inside the caller's transaction, which is the snapshot of the file.
    """
    shown = [column for column in columns if not isinstance(column, Actions)]
    writer = csv.writer(out)
    out.write("\ufeff")
    writer.writerow([str(column.label) for column in shown])
    written = 0
    for lines in _chunks(rows, shown, revealed):
        writer.writerows(lines)
        written += len(lines)
    return written


def _chunks(
    rows: QuerySet[Any], shown: Sequence[Column], revealed: bool
) -> Iterator[list[list[str]]]:
    names = fields_of(shown, "pk")
    build = row_builder(shown, names)
    texts = [_text_of(column, revealed) for column in shown]
    batch: list[tuple[Any, ...]] = []
    for row in rows.values_list(*names).iterator(chunk_size=CHUNK):
        batch.append(row)
        if len(batch) == CHUNK:
            yield _lines(batch, shown, build, texts)
            batch = []
    if batch:
        yield _lines(batch, shown, build, texts)


def _lines(
    batch: list[tuple[Any, ...]],
    shown: Sequence[Column],
    build: Callable[..., list[tuple[Any, ...]]],
    texts: Sequence[Callable[[tuple[Any, ...]], str]],
) -> list[list[str]]:
    looked = looked_up(shown, [row[0] for row in batch])
    if not looked:
        return [[text(v) for text, v in zip(texts, build(row), strict=True)] for row in batch]
    lines = []
    for row in batch:
        cells = build(row)
        for i, column in enumerate(shown):
            if isinstance(column, Looked):
                cells[i] = (row[0], looked[column.key].get(row[0], column.default))
        lines.append([text(v) for text, v in zip(texts, cells, strict=True)])
    return lines


def _text_of(column: Column, revealed: bool) -> Callable[[tuple[Any, ...]], str]:
    text = column.text
    if column.mask and not revealed:
        mask = MASKS[column.mask]
        return lambda values: defused(mask(text(values)))
    if isinstance(column, Looked) or column.numeric:
        return text
    return lambda values: defused(text(values))
