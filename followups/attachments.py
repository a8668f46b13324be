"""What may be attached to a handling: pictures, PDF, Word and Excel without macros.

The content decides and not the name; but the name must agree, because on the reader's machine
the name decides what opens the file (security.md T-UP-1, T-UP-2).
"""

import struct
import zipfile
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, BinaryIO

from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .rules import MAX_FILE_BYTES

_OFFICE = "application/vnd.openxmlformats-officedocument."
CONTENT_TYPES = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "pdf": "application/pdf",
    "docx": _OFFICE + "wordprocessingml.document",
    "xlsx": _OFFICE + "spreadsheetml.sheet",
}
ACCEPT = ".jpg,.jpeg,.png,.pdf,.docx,.xlsx"
_NOT_ACCEPTED = gettext_lazy(
    "“%(name)s”不能上传：只接受 jpg、png、pdf、docx、xlsx（不含宏），且内容须与扩展名一致。"
)
_MAIN_PARTS = {"word/document.xml": "docx", "xl/workbook.xml": "xlsx"}
_MOST_MEMBERS = 2_000
_MOST_UNPACKED = 200 * 1024 * 1024
_END = struct.Struct("<4s4H2LH")  # the end record of a ZIP file


class BadFile(ValueError):
    """The file may not be attached; the text says why."""


@dataclass(frozen=True)
class Checked:
    """A file that was looked into. Only `check` makes one."""

    name: str
    kind: str
    size: int
    file: Any

    @property
    def content_type(self) -> str:
        return CONTENT_TYPES[self.kind]


def check(upload: Any) -> Checked:
    """Look into an uploaded file. Raises BadFile with a sentence for the person."""
    name = _safe_name(upload.name)
    if not upload.size:
        raise BadFile(_("“%(name)s”是空文件。") % {"name": name})
    if upload.size > MAX_FILE_BYTES:
        raise BadFile(_("“%(name)s”超过 10 MB。") % {"name": name})
    kind = _kind_of(upload)
    if kind is None or kind != _named_kind(name):
        raise BadFile(_NOT_ACCEPTED % {"name": name})
    upload.seek(0)
    return Checked(name, kind, upload.size, upload)


def _safe_name(name: str) -> str:
    """Without folders, control characters and direction marks; at most 200 characters."""
    path = PurePath(name.replace("\\", "/").replace("\0", "")).name
    try:
        path = get_valid_filename(path)
    except ValueError:  # SuspiciousFileOperation: nothing is left
        return "file"
    stem, suffix = PurePath(path).stem, PurePath(path).suffix
    return f"{stem[: 200 - len(suffix)]}{suffix}"


def _named_kind(name: str) -> str:
    suffix = PurePath(name).suffix.lower().lstrip(".")
    return "jpg" if suffix == "jpeg" else suffix


def _kind_of(file: BinaryIO) -> str | None:
    file.seek(0)
    head = file.read(8)
    if head.startswith(b"\xff\xd8\xff"):
        return "jpg"
    if head == b"\x89PNG\r\n\x1a\n":
        return "png"
    if head.startswith(b"%PDF-"):
        return "pdf"
    return _office_kind(file) if head.startswith(b"PK\x03\x04") else None


def _office_kind(file: BinaryIO) -> str | None:
    """docx or xlsx by its main part. Only the list of members is read, nothing is unpacked."""
    if not _directory_is_small(file):
        return None
    try:
        with zipfile.ZipFile(file) as packed:
            members = packed.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, UnicodeDecodeError):
        return None
    names = {member.filename for member in members}
    encrypted = any(member.flag_bits & 1 for member in members)
    macros = any(name.lower().endswith("vbaproject.bin") for name in names)
    too_large = sum(member.file_size for member in members) > _MOST_UNPACKED
    if encrypted or macros or too_large or "[Content_Types].xml" not in names:
        return None
    kinds = {kind for part, kind in _MAIN_PARTS.items() if part in names}
    return kinds.pop() if len(kinds) == 1 else None


def _directory_is_small(file: BinaryIO) -> bool:
    """Whether the list of members may be read at all: a hostile one costs memory."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _END.size - 65_535))
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + _END.size or b"PK\x06\x07" in tail[max(0, at - 20) : at]:
        return False  # no end record, or one of the 64-bit kind
    _mark, _disk, _first, _here, members, length, _offset, _comment = _END.unpack_from(tail, at)
    return members <= _MOST_MEMBERS and length <= _MOST_MEMBERS * 512
