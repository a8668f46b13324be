"""Which column of a file is which, and what a line says. Pure."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from .kinds import BadCell, ImportColumn, Line, Wrong

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
MOST_SHOWN = 20  # errors on the page of a preview
SAMPLE = 5  # lines of a preview


def fingerprint(headers: Sequence[str]) -> str:
    """Two files with the same header are the same form."""
    return hashlib.sha256(json.dumps([_plain(h) for h in headers]).encode()).hexdigest()


def guess(headers: Sequence[str], columns: Iterable[ImportColumn]) -> dict[str, int]:
    """Where each column stands, by its label, its key or a further name of it."""
    places: dict[str, int] = {}
    for at, header in enumerate(headers):
        places.setdefault(_plain(header), at)
    found = {}
    for column in columns:
        for name in (str(column.label), column.key, *column.names):
            if (place := places.get(_plain(name))) is not None:
                found[column.key] = place
                break
    return found


def _plain(header: str) -> str:
    text = unicodedata.normalize("NFKC", header).casefold()
    return "".join(ch for ch in text if ch.isalnum())


def read_lines(
    rows: Iterable[tuple[int, list[Any]]],
    columns: Sequence[ImportColumn],
    mapping: Mapping[str, int],
    wrong: list[Wrong],
) -> Iterator[Line]:
    """The lines that can be used; of the others `wrong` gets the first cell that cannot."""
    wanted = [(column, mapping[column.key]) for column in columns if column.key in mapping]
    identity, first_lines = columns[0].key, dict[Any, int]()
    for number, cells in rows:
        try:
            values = _values(number, cells, wanted)
            _refuse_twice(number, values, identity, first_lines)
        except _BadLine as bad:
            wrong.append(bad.wrong)
        else:
            yield Line(number, values)


class _BadLine(Exception):
    def __init__(self, line: int, key: str, reason: str) -> None:
        super().__init__(reason)
        self.wrong = Wrong(line, key, reason)


def _values(
    number: int, cells: list[Any], wanted: list[tuple[ImportColumn, int]]
) -> dict[str, Any]:
    values = {}
    for column, place in wanted:
        cell = cells[place] if place < len(cells) else ""
        if not isinstance(cell, str):
            raise _BadLine(number, column.key, _too_long())
        if text := cell.strip():
            try:
                values[column.key] = column.parse(text)
            except BadCell as bad:
                raise _BadLine(number, column.key, str(bad)) from None
        elif column.is_required:
            raise _BadLine(number, column.key, _("未填写%(label)s") % {"label": column.label})
    return values


def _refuse_twice(
    number: int, values: Mapping[str, Any], identity: str, first_lines: dict[Any, int]
) -> None:
    first = first_lines.setdefault(values[identity], number)
    if first != number:
        raise _BadLine(number, identity, _("与第 %(line)d 行重复") % {"line": first})


def _too_long() -> str:
    return _("数字超过 15 位，Excel 已丢失部分数字：请把该列设为文本格式后重新填写")


def chunks(lines: Iterable[Line], size: int) -> Iterator[list[Line]]:
    some: list[Line] = []
    for line in lines:
        some.append(line)
        if len(some) == size:
            yield some
            some = []
    if some:
        yield some


# ---- cells ----


def within(longest: int) -> Any:
    """Text of so many characters at most, without control characters."""

    def parse(text: str) -> str:
        if len(text) > longest:
            raise BadCell(_("超过 %(n)d 个字") % {"n": longest})
        if not text.isprintable() and _CONTROL.search(text):
            raise BadCell(_("含有不可见的控制字符"))
        return text

    return parse


def one_of(words: Mapping[str, Sequence[Any]]) -> Any:
    """One of these values, each by any of its words."""

    def known() -> dict[str, str]:
        return {_plain(str(name)): v for v, names in words.items() for name in (v, *names)}

    by_language: dict[str | None, dict[str, str]] = {}

    def parse(text: str) -> str:
        language = get_language()
        if language not in by_language:
            by_language[language] = known()
        if (value := by_language[language].get(_plain(text))) is not None:
            return value
        allowed = _("、").join(str(names[0]) for names in words.values())
        raise BadCell(_("只能填写：%(words)s") % {"words": allowed})

    return parse
