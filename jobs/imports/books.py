"""Workbooks that go back to whoever imports: the template, and the lines that were not done.

Everything is written as text in text cells: a long number keeps its digits, nothing becomes a
formula, and a corrected workbook can be uploaded as it is.
"""

from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _

from .kinds import ImportColumn, ImportKind
from .models import Import
from .services import read

_AS_TEXT = {
    "constant_memory": True,
    "in_memory": False,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}
_WIDTH = 22


def template(kind: ImportKind, columns: Iterable[ImportColumn]) -> BytesIO:
    """The headers, an example line, and a sheet that explains each column."""
    columns, out = list(columns), BytesIO()
    with xlsxwriter.Workbook(out, _AS_TEXT) as book:
        text, bold = book.add_format({"num_format": "@"}), book.add_format({"bold": True})
        sheet = book.add_worksheet(_("数据"))
        sheet.set_column(0, max(0, len(columns) - 1), _WIDTH, text)
        sheet.freeze_panes(1, 0)
        _write(sheet, 0, [str(column.label) for column in columns], bold)
        _write(sheet, 1, [str(column.example) for column in columns], text)
        told = book.add_worksheet(_("说明"))
        told.set_column(0, 1, _WIDTH)
        told.set_column(2, 2, _WIDTH * 3)
        _write(told, 0, [_("列"), _("必填"), _("说明")], bold)
        for line, column in enumerate(columns, 1):
            needed = _("是") if column.is_required else _("否")
            _write(told, line, [str(column.label), needed, str(column.help)], text)
    out.seek(0)
    return out


def errors(made: Import, kind: ImportKind, left: Mapping[str, str]) -> BytesIO:
    """The lines that were not imported as they were sent, the bad cell marked, and why.

    Args:
        left: rows that the commit did not do after all, by their name in the first column.
    """
    wrong = {line: (key, reason) for line, key, reason in made.wrong}
    identity, out = kind.columns[0].key, BytesIO()
    with read(made) as sheet, xlsxwriter.Workbook(out, _AS_TEXT) as book:
        text, bold = book.add_format({"num_format": "@"}), book.add_format({"bold": True})
        red = {"num_format": "@", "bg_color": "#FFC7CE", "font_color": "#9C0006"}
        marked = book.add_format(red)
        page = book.add_worksheet(_("错误"))
        reasons = _("错误原因")
        skip = [at for at, header in enumerate(sheet.headers) if header == reasons]
        kept = [at for at in range(len(sheet.headers)) if at not in skip]
        page.set_column(0, len(kept), _WIDTH, text)
        page.freeze_panes(1, 0)
        _write(page, 0, [*(sheet.headers[at] for at in kept), reasons], bold)
        row = 0
        for number, cells in sheet.lines():
            key, reason = wrong.get(number) or (
                identity,
                left.get(_name(cells, made, identity), ""),
            )
            if reason:
                row += 1
                bad = made.mapping.get(key)
                for place, at in enumerate(kept):
                    cell = str(cells[at]) if at < len(cells) else ""
                    page.write_string(row, place, cell, marked if at == bad else text)
                page.write_string(row, len(kept), reason, text)
    out.seek(0)
    return out


def _name(cells: list[Any], made: Import, identity: str) -> str:
    at = made.mapping.get(identity, -1)
    return str(cells[at]).strip() if 0 <= at < len(cells) else ""


def _write(sheet: Any, row: int, texts: Iterable[str], form: Any) -> None:
    for at, text in enumerate(texts):
        sheet.write_string(row, at, text, form)
