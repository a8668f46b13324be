"""The parent of child.py: gives it a file and little else, and says in words what was wrong."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from .child import MOST_LINES

LARGEST = 50 * 2**20  # bytes
_CHILD = Path(__file__).with_name("child.py")
_PATIENCE = 60  # seconds by the clock; child.py limits its own CPU time
_OTHER = _l("只接受 Excel 工作簿（.xlsx）和 CSV 文件，且内容须与扩展名一致。")
_WHY = {
    "empty": _l("文件是空的。"),
    "locked": _l("文件已加密，或者是旧版 .xls 文件：请另存为不带密码的 .xlsx 文件。"),
    "macros": _l("文件含有宏：请另存为不含宏的 .xlsx 文件。"),
    "links": _l("文件含有指向其他文件的外部链接：请只粘贴数值，另存后重试。"),
    "damaged": _l("文件已损坏，无法读取：请用 Excel 重新保存后重试。"),
    "other": _OTHER,
    "encoding": _l("无法识别文件的文字编码：请另存为 UTF-8 或 GB18030 编码的 CSV 文件。"),
    "quotes": _l("CSV 文件的引号没有成对，无法分列。"),
    "lines": _l("文件超过 100,000 行，请拆分后导入。"),
    "columns": _l("文件超过 200 列，请删除不需要的列。"),
    "cell": _l("有单元格超过 32,767 个字。"),
    "heavy": _l("文件展开后过大，无法处理：请删除多余的工作表、格式和空白区域后重试。"),
}


class NotReadable(ValueError):
    """The file as a whole is refused; the text is a sentence for the person who sent it."""


@dataclass(frozen=True)
class Sheet:
    """The first sheet of a file: its header and its lines, each with its number in the file."""

    headers: list[str]
    count: int  # of lines below the header
    _chunks: Path

    def lines(self) -> Iterator[tuple[int, list[Any]]]:
        """A cell is text; a number stands for one that a spreadsheet had no room for."""
        with self._chunks.open() as file:
            rows = (row for chunk in file if chunk[0] == "[" for row in json.loads(chunk))
            next(rows, None)
            yield from map(tuple, rows)


@contextmanager
def opened(file: Any, name: str) -> Iterator[Sheet]:
    """Read a file that somebody sent. Raises NotReadable."""
    with TemporaryDirectory(prefix="sheet-") as folder:
        source, out = Path(folder) / "file", Path(folder) / "lines"
        file.seek(0)
        with source.open("wb") as copy:
            shutil.copyfileobj(file, copy)
        if source.stat().st_size > LARGEST:
            raise NotReadable(_("文件超过 50 MB，请拆分后导入。"))
        _check_name(name, source)
        last = _run(source, out)
        if "end" not in last:
            raise NotReadable(str(_WHY.get(last.get("refused", ""), _WHY["heavy"])))
        yield _sheet(out, last["end"])


def _check_name(name: str, source: Path) -> None:
    """On the reader's machine the name decides what opens the file: it must agree."""
    with source.open("rb") as file:
        head = file.read(4)
    kind = PurePath(name).suffix.lower()
    agrees = kind in (".xlsx", ".csv", ".txt") and (head[:2] == b"PK") is (kind == ".xlsx")
    if head and not agrees and head != b"\xd0\xcf\x11\xe0":  # of old workbooks more is said
        raise NotReadable(str(_OTHER))


def _run(source: Path, out: Path) -> dict[str, Any]:
    """What the child said last; nothing, if it died of a limit."""
    with out.open("wb") as written:
        try:
            subprocess.run(
                [sys.executable, "-I", str(_CHILD), str(source)],
                stdin=subprocess.DEVNULL,
                stdout=written,
                stderr=subprocess.DEVNULL,
                cwd=source.parent,
                env={"PYTHONUTF8": "1"},
                timeout=_PATIENCE,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return {}
    return _last_line(out)


def _last_line(out: Path) -> dict[str, Any]:
    with out.open("rb") as file:
        file.seek(max(0, out.stat().st_size - 100))
        last = file.read().rpartition(b"\n{")[2].strip().removeprefix(b"{")
    try:
        said = json.loads(b"{" + last)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _sheet(out: Path, lines: int) -> Sheet:
    if not lines:
        raise NotReadable(str(_WHY["empty"]))
    with out.open() as file:
        header = json.loads(file.readline())[0][1]
    return Sheet([str(cell).strip() for cell in header], lines - 1, out)


__all__ = ["LARGEST", "MOST_LINES", "NotReadable", "Sheet", "opened"]
