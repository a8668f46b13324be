"""CSV files from outside, read once as a stream: plain or gzip, whole or refused.

A record that cannot be read is a BadLine and stops nothing else. A file that was cut off, or is
no CSV, raises NotReadable, and nothing of it may be kept. Pure: no database, no clock.
"""

import csv
import gzip
import hashlib
import json
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from django.utils.translation import gettext as _

from core.refusals import Refused

MAX_RECORD = 128 * 1024  # bytes; a longer record is a quote that never closed
MAX_CONTENT = 2 * 1024**3  # bytes after decompression
NULLS = frozenset(("", "NULL", "null"))


class NotReadable(Refused):
    """The file as a whole cannot be trusted: cut off, damaged, or something else altogether."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record of the table: its cells in the order of the header, and how it was written."""

    line_number: int
    cells: list[str]
    raw: bytes


@dataclass(frozen=True, slots=True)
class BadLine:
    """A record that cannot be used, and why, in Chinese for whoever delivers the file."""

    line_number: int
    reason: str
    raw: str


class BadValue(Exception):
    """A cell that cannot be used; carries the reason."""


class Table:
    """The header and the records of one file.

    Args:
        stream: open for reading bytes, seekable.
        is_whole: whether an unquoted text at the very end of the file, with no line break after
            it, cannot be the beginning of a longer one.
    """

    def __init__(self, stream: BinaryIO, *, is_whole: Callable[[str], bool]) -> None:
        self._is_whole = is_whole
        self._digest = hashlib.sha256()
        self._content = _decompressed(stream)
        self._size = self._lines_read = 0
        self._raw: list[bytes] = []
        self._ended = False
        self.columns: list[str] = []
        self._reader = csv.reader(self._lines(), strict=True)
        header = next(self._records(), None)
        if not isinstance(header, Record):
            raise NotReadable(_("文件是空的，或者不是 UTF-8 编码的 CSV 文本"))
        self.columns = [name.strip() for name in header.cells]

    @property
    def digest(self) -> str:
        """SHA-256 of the decompressed content, as far as it was read."""
        return self._digest.hexdigest()

    def __iter__(self) -> Iterator[Record | BadLine]:
        width = len(self.columns)
        for record in self._records():
            if isinstance(record, Record) and len(record.cells) != width:
                yield bad(record, _wrong_width(len(record.cells), width))
            else:
                yield record

    # ---- records ----

    def _records(self) -> Iterator[Record | BadLine]:
        while True:
            self._raw.clear()
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except csv.Error:
                if self._ended:
                    raise NotReadable(_("文件不完整：最后一行的引号没有闭合")) from None
                yield self._bad(_("引号使用有误，无法分列"))
                continue
            if cells:
                yield self._record(cells)

    def _record(self, cells: list[str]) -> Record | BadLine:
        raw = b"".join(self._raw)
        if self.columns and raw[-1:] not in (b"\n", b"\r"):
            self._check_last(cells, raw)
        if not raw.isascii() and not _is_utf8(raw):
            return self._bad(_("不是 UTF-8 编码的文本"))
        if b"\0" in raw:
            return self._bad(_("含有空字符（NUL）"))
        return Record(self._line_number(), cells, raw)

    def _bad(self, reason: str) -> BadLine:
        return BadLine(self._line_number(), reason, as_text(b"".join(self._raw)))

    def _line_number(self) -> int:
        return self._lines_read - len(self._raw) + 1

    def _check_last(self, cells: list[str], raw: bytes) -> None:
        """A file without a final line break may have been cut anywhere in its last record."""
        if len(cells) < len(self.columns):
            raise NotReadable(_("文件不完整：最后一行缺少列"))
        if not _is_utf8(raw) or not self._is_closed(cells[-1], raw):
            raise NotReadable(
                _("无法确认文件完整：最后一行没有换行符。若文件未被截断，请在末尾加上换行后重试")
            )

    def _is_closed(self, last: str, raw: bytes) -> bool:
        if last.startswith(("{", "[")):
            return _is_json(last)
        return raw.endswith(b'"') or last == "NULL" or self._is_whole(last)

    # ---- lines ----

    def _lines(self) -> Iterator[str]:
        first = True
        while raw := self._readline():
            self._digest.update(raw)
            self._size += len(raw)
            self._lines_read += 1
            self._raw.append(raw)
            if sum(map(len, self._raw)) > MAX_RECORD:
                raise NotReadable(
                    _("第 %(n)d 行过长，或者引号没有闭合") % {"n": self._line_number()}
                )
            if self._size > MAX_CONTENT:
                raise NotReadable(_("文件内容超过 2 GB，请拆分后导入"))
            text = raw.decode("utf-8", "surrogateescape")
            yield text.removeprefix("\ufeff") if first else text
            first = False
        self._ended = True

    def _readline(self) -> bytes:
        try:
            return self._content.readline(MAX_RECORD + 1)
        except (EOFError, zlib.error, gzip.BadGzipFile):
            raise NotReadable(_("压缩文件不完整或已损坏")) from None


def positions(
    columns: Sequence[str], required: Sequence[str], optional: Sequence[str] = ()
) -> dict[str, int]:
    """Where each wanted column stands in a record; other columns are ignored."""
    if missing := [name for name in required if name not in columns]:
        raise NotReadable(
            _("不是所需格式的文件：缺少列 %(columns)s") % {"columns": _("、").join(missing)}
        )
    wanted = [name for name in (*required, *optional) if name in columns]
    if twice := [name for name in wanted if columns.count(name) > 1]:
        raise NotReadable(_("列 %(columns)s 出现了多次") % {"columns": _("、").join(twice)})
    return {name: columns.index(name) for name in wanted}


def bad(record: Record, reason: str) -> BadLine:
    return BadLine(record.line_number, reason, as_text(record.raw))


def as_text(raw: bytes) -> str:
    """The record as it was written, without its line break; what is no text is shown as codes."""
    text = raw.decode("utf-8", "backslashreplace").removeprefix("\ufeff")
    return text.rstrip("\r\n").replace("\0", "\\x00")


def _decompressed(stream: BinaryIO) -> BinaryIO:
    stream.seek(0)
    magic = stream.read(2)
    stream.seek(0)
    return gzip.GzipFile(fileobj=stream) if magic == b"\x1f\x8b" else stream  # type: ignore[return-value]


def _wrong_width(found: int, wanted: int) -> str:
    return _("应有 %(wanted)d 列，实有 %(found)d 列") % {"wanted": wanted, "found": found}


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
