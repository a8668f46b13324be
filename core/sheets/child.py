"""Reads one foreign file; run as a program of its own, with little memory and time.

python -I child.py FILE: writes lines of JSON, each a list of `[line number, [cell, …]]`; the last
one is `{"end": lines}` or `{"refused": why}`. It imports nothing of the product and gets no
environment, so that a file that breaks a parser finds nothing here.
"""

import csv
import io
import json
import os
import resource
import sys
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from typing import Any

MEMORY, SECONDS, OUTPUT = 512 * 2**20, 20, 1024 * 2**20
MOST_MEMBERS, MOST_UNPACKED = 200, 400 * 2**20
MOST_LINES, MOST_COLUMNS, LONGEST_CELL = 100_000, 200, 32_767  # the last is Excel's own
AT_ONCE = 1_000
EXACT = 10**15  # a spreadsheet's number of more digits has lost some
Line = tuple[int, list[Any]]


class NotTaken(Exception):
    """Why the file is refused, in a word that reading.py has a sentence for."""


def limit() -> None:
    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_FSIZE, OUTPUT),
        (resource.RLIMIT_NOFILE, 16),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))
    with suppress(Exception):  # where the system lets us: no network at all (Python 3.12)
        os.unshare(os.CLONE_NEWUSER | os.CLONE_NEWNET)  # type: ignore[attr-defined]


def lines_of(path: str) -> Iterator[Line]:
    with open(path, "rb") as file:  # noqa: PTH123  (nothing that is not needed is imported)
        head = file.read(8)
    if not head:
        raise NotTaken("empty")
    if head.startswith(b"PK"):
        return _of_workbook(path)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise NotTaken("locked")
    return _of_text(path)


# ---- workbooks ----


def _of_workbook(path: str) -> Iterator[Line]:
    _look_into(path)
    from python_calamine import CalamineWorkbook

    try:
        book = CalamineWorkbook.from_path(path)
        shown = [each.name for each in book.sheets_metadata if "Visible" in str(each.visible)]
        sheet = book.get_sheet_by_name(shown[0])
    except MemoryError:
        raise NotTaken("heavy") from None
    except Exception:
        raise NotTaken("damaged") from None
    for number, row in enumerate(sheet.iter_rows(), 1):
        yield number, [_as_text(value) for value in row]


def _look_into(path: str) -> None:
    """The list of members says enough to refuse what is no plain workbook; nothing is unpacked."""
    try:
        with zipfile.ZipFile(path) as packed:
            members = packed.infolist()
    except Exception:
        raise NotTaken("damaged") from None
    names = {member.filename.lower() for member in members}
    if any(member.flag_bits & 1 for member in members):
        raise NotTaken("locked")
    if any(name.endswith("vbaproject.bin") or "/macrosheets/" in name for name in names):
        raise NotTaken("macros")
    if any(name.startswith("xl/externallinks/") for name in names):
        raise NotTaken("links")
    if "xl/workbook.xml" not in names:
        raise NotTaken("other")
    unpacked = sum(member.file_size for member in members)
    if len(members) > MOST_MEMBERS or unpacked > MOST_UNPACKED:
        raise NotTaken("heavy")


def _as_text(value: Any) -> Any:
    """A cell as people see it. A number too long to be exact stays a number, so that it is told."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        if abs(value) >= EXACT:
            return value
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, date | time | timedelta):
        return str(value)
    return str(value)


# ---- text ----


def _of_text(path: str) -> Iterator[Line]:
    with open(path, "rb") as file:  # noqa: PTH123
        text = _decoded(file.read())
    csv.field_size_limit(LONGEST_CELL * 4)
    head = text[: text.find("\n") + 1] or text
    delimiter = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 1
    try:
        for row in reader:
            yield number, row
            number = reader.line_num + 1
    except csv.Error:
        raise NotTaken("quotes") from None


def _decoded(content: bytes) -> str:
    if b"\0" in content:
        raise NotTaken("other")
    for encoding in ("utf-8-sig", "gb18030"):
        with suppress(UnicodeDecodeError):
            return content.decode(encoding)
    raise NotTaken("encoding")


# ---- what comes out ----


def write(lines: Iterator[Line], out: Any) -> int:
    """All lines with something in them; returns how many."""
    some: list[Line] = []
    count = 0
    for number, row in lines:
        while row and row[-1] == "":
            row.pop()
        if not row or not any(cell if not isinstance(cell, str) else cell.strip() for cell in row):
            continue
        if len(row) > MOST_COLUMNS:
            raise NotTaken("columns")
        if any(isinstance(cell, str) and len(cell) > LONGEST_CELL for cell in row):
            raise NotTaken("cell")
        count += 1
        if count > MOST_LINES + 1:  # and the header
            raise NotTaken("lines")
        some.append((number, row))
        if len(some) == AT_ONCE:
            out.write(json.dumps(some) + "\n")
            some = []
    if some:
        out.write(json.dumps(some) + "\n")
    return count


def main() -> None:
    limit()
    out = sys.stdout
    last: dict[str, Any]
    try:
        last = {"end": write(lines_of(sys.argv[1]), out)}
    except NotTaken as why:
        last = {"refused": str(why)}
    except MemoryError:
        last = {"refused": "heavy"}
    out.write(json.dumps(last) + "\n")


if __name__ == "__main__":
    main()
