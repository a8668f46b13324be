"""A list as a workbook, streamed in constant memory, with a sheet that says what it holds.

Text is written as text, whatever it looks like: nothing becomes a formula, and a long number
keeps all its digits. Numbers are numbers.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rustpy_xlsxwriter import FastExcel

from .columns import Column
from .reading import Told, in_file, texts_by_column

SHEET_ROWS = 1_048_575  # what a sheet of Excel holds below its header
_WIDTH = 18.0


def write_xlsx(
    rows: QuerySet[Any],
    columns: Sequence[Column],
    path: Path,
    *,
    at: datetime,
    total: int,
    title: str,
    passport: Mapping[str, str],
    revealed: frozenset[str] = frozenset(),
    told: Told = lambda rows: None,
) -> int:
    """Write all rows; returns how many.

    Args:
        total: how many there are; more than a sheet holds go on in further ones.
        passport: what the sheet 说明 tells about the file.
    """
    shown = in_file(columns)
    lines = _Counted(
        _lines(texts_by_column(rows, shown, at=at, revealed=revealed, told=told), shown)
    )
    book = FastExcel(str(path)).format(float_format="#,##0.00", bold_headers=True).freeze(row=1)
    for number in range(max(1, -(-total // SHEET_ROWS))):
        name = _sheet_name(f"{title} {number + 1}" if number else title)
        some = islice(lines, SHEET_ROWS) if total else [dict.fromkeys(_labels(shown))]
        book.sheet(name, some, column_width=_WIDTH)
    told_of = [{_("项目"): what, _("内容"): said} for what, said in passport.items()]
    book.sheet(_("说明"), told_of, column_width=_WIDTH * 2)
    book.save()
    return lines.count


class _Counted:
    """An iterator that knows how far it is."""

    def __init__(self, lines: Iterator[dict[str, Any]]) -> None:
        self._lines, self.count = lines, 0

    def __iter__(self) -> "_Counted":
        return self

    def __next__(self) -> dict[str, Any]:
        line = next(self._lines)
        self.count += 1
        return line


def _lines(
    batches: Iterator[list[list[str]]], columns: Sequence[Column]
) -> Iterator[dict[str, Any]]:
    labels = _labels(columns)
    for batch in batches:
        cells = [
            [_number(text) for text in texts] if column.numeric else texts
            for texts, column in zip(batch, columns, strict=True)
        ]
        for row in zip(*cells, strict=True):
            yield dict(zip(labels, row, strict=True))


def _number(text: str) -> float | int | None:
    if not text:
        return None
    return float(text) if "." in text else int(text)


def _labels(columns: Sequence[Column]) -> list[str]:
    """The header. A row is told apart by it, so that no label comes twice."""
    labels: list[str] = []
    for column in columns:
        label = str(column.label)
        labels.append(f"{label} {len(labels) + 1}" if label in labels else label)
    return labels


def _sheet_name(title: str) -> str:
    return "".join(c for c in title if c not in "[]:*?/\\")[:31] or "1"
