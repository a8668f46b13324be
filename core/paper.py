"""A sheet of A4 as a PDF: a title, facts, tables, and a foot that counts the pages.

The only user of reportlab (docs/decisions/0027-papers.md). The same sheet is the same bytes, so
that a paper that is kept can be compared with one that is made again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from django.http import HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

# In every PDF reader that shows Chinese; nothing is embedded, so a sheet has a few KB.
_FONT = "STSong-Light"
_INK, _SOFT, _LINE, _WASH = "#1d2129", "#646f7d", "#d9dde4", "#f7f8fa"
_MARGIN, _PADDING, _WIDTH = 48, 6, 487  # points: 19 mm with the padding, and the rest of A4


@dataclass(frozen=True)
class Table:
    """Rows of words; `widths` are shares of the sheet, `numeric` the columns that stand right."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    widths: Sequence[int]
    title: str = ""
    numeric: frozenset[int] = frozenset()
    total: Sequence[str] = ()


@dataclass(frozen=True)
class Paper:
    """What stands on the sheet. `about` stands under the title, `notes` after the tables, `foot`
    left of the page's number."""

    title: str
    about: str = ""
    facts: Sequence[tuple[str, str]] = ()
    tables: Sequence[Table] = ()
    paragraphs: Sequence[str] = field(default=())
    notes: Sequence[str] = ()
    signatures: Sequence[str] = ()
    foot: str = ""

    def as_pdf(self) -> bytes:
        # Its modules take some MB, which only a process that makes a paper has to pay.
        from reportlab.lib.pagesizes import A4
        from reportlab.pdfbase import pdfmetrics
        from reportlab.pdfbase.cidfonts import UnicodeCIDFont
        from reportlab.platypus import SimpleDocTemplate

        pdfmetrics.registerFont(UnicodeCIDFont(_FONT))
        out = BytesIO()
        sheet = SimpleDocTemplate(
            out,
            pagesize=A4,
            **dict.fromkeys(("leftMargin", "rightMargin"), _MARGIN),
            topMargin=48,
            bottomMargin=60,
            title=self.title,
            author=_("伙伴中心"),
            lang="zh-CN",
            invariant=1,
        )
        sheet.build(list(self._parts()), canvasmaker=_counting(self.foot))
        return out.getvalue()

    def _parts(self) -> Any:
        from reportlab.platypus import Spacer

        yield _words(self.title, size=17, leading=24)
        if self.about:
            yield _words(self.about, size=9.5, leading=15, color=_SOFT)
        yield Spacer(1, 10)
        if self.facts:
            yield _facts(self.facts)
        for paragraph in self.paragraphs:
            yield Spacer(1, 8)
            yield _words(paragraph, size=10.5, leading=19)
        for table in self.tables:
            yield Spacer(1, 14)
            if table.title:
                yield _words(table.title, size=11, leading=18)
            yield _table(table)
        if self.notes:
            yield Spacer(1, 14)
        for note in self.notes:
            yield _words(note, size=8.5, leading=13, color=_SOFT)
        if self.signatures:
            yield Spacer(1, 36)
            yield _signatures(self.signatures)


def pdf_response(content: bytes, name: str) -> HttpResponse:
    """A paper as a file of this name, which is not kept by anybody on the way."""
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = content_disposition_header(True, name) or ""
    response["Cache-Control"] = "private, no-store"
    return response


def _words(
    text: str, *, size: float, leading: float, color: str = _INK, right: bool = False
) -> Any:
    """One paragraph; what comes from data is words, never marks."""
    from xml.sax.saxutils import escape

    from reportlab.lib.enums import TA_LEFT, TA_RIGHT
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import Paragraph

    style = ParagraphStyle(
        "words",
        fontName=_FONT,
        fontSize=size,
        leading=leading,
        textColor=color,
        wordWrap="CJK",
        alignment=TA_RIGHT if right else TA_LEFT,
    )
    return Paragraph(escape(text), style)


def _facts(facts: Sequence[tuple[str, str]]) -> Any:
    """Two a line, each a label and what it says."""
    from reportlab.platypus import Table as Grid

    cells = [
        [_words(label, size=9.5, leading=15, color=_SOFT), _words(value, size=9.5, leading=15)]
        for label, value in facts
    ]
    if len(cells) % 2:
        cells.append(["", ""])
    lines = [left + right for left, right in zip(cells[::2], cells[1::2], strict=True)]
    grid = Grid(lines, colWidths=[96, 158, 96, 137], hAlign="LEFT")
    grid.setStyle(
        [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("TOPPADDING", (0, 0), (-1, -1), 2),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
        ]
    )
    return grid


def _table(table: Table) -> Any:
    from reportlab.platypus import Table as Grid

    def line(words: Sequence[str], color: str = _INK) -> list[Any]:
        return [
            _words(word, size=9.5, leading=14, color=color, right=column in table.numeric)
            for column, word in enumerate(words)
        ]

    lines = [line(table.head, _SOFT), *map(line, table.rows)]
    if table.total:
        lines.append(line(table.total))
    whole = sum(table.widths)
    widths = [_WIDTH * width / whole for width in table.widths]
    grid = Grid(lines, colWidths=widths, repeatRows=1, hAlign="LEFT")
    style: list[tuple[Any, ...]] = [
        ("BACKGROUND", (0, 0), (-1, 0), _WASH),
        ("LINEBELOW", (0, 0), (-1, -1), 0.5, _LINE),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
    ]
    if table.total:
        style.append(("LINEABOVE", (0, -1), (-1, -1), 1, _INK))
    grid.setStyle(style)
    return grid


def _signatures(sides: Sequence[str]) -> Any:
    """A place for each side to sign and seal."""
    from reportlab.platypus import Table as Grid

    cells = [_words(side, size=10.5, leading=20) for side in sides]
    return Grid([cells], colWidths=[_WIDTH / len(cells)] * len(cells), hAlign="LEFT")


def _counting(foot: str) -> Any:
    """A canvas that writes the foot when it knows how many pages there are."""
    from reportlab.pdfgen.canvas import Canvas

    class Counting(Canvas):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.pages: list[dict[str, Any]] = []

        def showPage(self) -> None:
            self.pages.append(dict(self.__dict__))
            self._startPage()

        def save(self) -> None:
            for number, page in enumerate(self.pages, 1):
                self.__dict__.update(page)
                self.setFont(_FONT, 8.5)
                self.setFillColor(_SOFT)
                self.drawString(_MARGIN + _PADDING, 34, foot)
                said = _("第 %(page)d 页，共 %(pages)d 页")
                words = said % {"page": number, "pages": len(self.pages)}
                self.drawRightString(_MARGIN + _PADDING + _WIDTH, 34, words)
                super().showPage()
            super().save()

    return Counting
