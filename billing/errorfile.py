"""The error file of an import: each line that was not taken, why, and how it was written."""

import csv
import io
import shutil
import tempfile
from typing import BinaryIO

from django.core.files import File
from django.utils.translation import gettext as _

from core.lists.csv import defused

from .tables import BadLine


class ErrorFile:
    """Bad lines on disk, as CSV for Excel (UTF-8 with a byte order mark, no live formulas)."""

    def __init__(self) -> None:
        self.count = 0
        self.first: list[BadLine] = []  # the first few, to show at once
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  (lives as long as this object)
        self._text = io.TextIOWrapper(self._file, encoding="utf-8", newline="", write_through=True)
        self._text.write("\ufeff")
        self._writer = csv.writer(self._text)
        self._writer.writerow([_("行号"), _("原因"), _("原始内容")])

    def add(self, line: BadLine) -> None:
        self.count += 1
        if len(self.first) < 20:
            self.first.append(line)
        self._writer.writerow([line.line_number, defused(line.reason), defused(line.raw)])

    def as_file(self) -> File:
        """The content from its beginning, for a storage."""
        self._file.seek(0)
        return File(self._file)

    def copy_to(self, target: BinaryIO) -> None:
        self._file.seek(0)
        shutil.copyfileobj(self._file, target)
