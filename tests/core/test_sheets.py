"""Foreign tables are read by a small process, as people see them; the rest is refused in words."""

import zipfile
from io import BytesIO
from unittest import mock

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from core import sheets
from core.sheets import reading
from tests.jobs.sheets import book, rewritten, table, with_member


def read(file):
    with sheets.opened(file, file.name) as sheet:
        return sheet.headers, list(sheet.lines())


def refusal(file) -> str:
    with pytest.raises(sheets.NotReadable) as told:
        read(file)
    return str(told.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_text_is_read_in_each_encoding_and_with_each_separator(encoding, separator):
    text = f"客户ID{separator}备注\r\n１２３{separator}𠮷野家，年底\r\n"
    headers, lines = read(table(text, encoding=encoding))
    assert headers == ["客户ID", "备注"]
    assert lines == [(2, ["１２３", "𠮷野家，年底"])]


def test_a_quoted_cell_may_hold_separators_and_line_breaks():
    _, lines = read(table('a,b\n1,"x,\ny"\n\n2,=1+1\n'))
    assert lines == [(2, ["1", "x,\ny"]), (5, ["2", "=1+1"])]


def test_a_workbook_is_read_as_people_see_it():
    file = book(["客户ID", "n"], ["00123", 12.0], [], ["𠮷", 1.5], [True, 123456789012345678])
    headers, lines = read(file)
    assert headers == ["客户ID", "n"]
    assert lines[:2] == [(2, ["00123", "12"]), (4, ["𠮷", "1.5"])]
    assert lines[2][1][0] == "TRUE"
    assert isinstance(lines[2][1][1], float)  # more digits than a spreadsheet keeps


def test_lines_keep_their_numbers_below_empty_ones():
    headers, lines = read(book(["a"], ["x"], offset=3, margin=2))
    assert headers == ["a"] and lines == [(5, ["x"])]


def test_a_formula_is_not_computed():
    _, lines = read(book(["a"], ["=1+1"]))
    assert lines == [] or lines == [(2, ["0"])]  # what the writer stored as its value


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600


@pytest.mark.parametrize(
    ("file", "word"),
    [
        (SimpleUploadedFile("a.csv", b""), "空"),
        (SimpleUploadedFile("a.xlsx", b""), "空"),
        (SimpleUploadedFile("a.xlsx", OLE), "加密"),
        (SimpleUploadedFile("a.xls", OLE), "旧版"),
        (SimpleUploadedFile("a.xlsx", b"a,b\n1,2\n"), "扩展名一致"),
        (SimpleUploadedFile("a.exe", b"a,b\n1,2\n"), "扩展名一致"),
        (SimpleUploadedFile("a.csv", b"MZ\x90\0\x03"), "扩展名一致"),
        (SimpleUploadedFile("a.csv", b"\xff\xff\xff,\n"), "编码"),
        (SimpleUploadedFile("a.csv", b'a,b\n"1,2\n'), "引号"),
        (SimpleUploadedFile("a.xlsx", b"PK\x03\x04" + b"x" * 100), "损坏"),
    ],
)
def test_what_is_no_table_is_refused_in_a_sentence(file, word):
    assert word in refusal(file)


@pytest.mark.parametrize(
    ("member", "word"),
    [
        ("xl/vbaProject.bin", "宏"),
        ("xl/externalLinks/externalLink1.xml", "外部链接"),
    ],
)
def test_macros_and_links_to_other_files_are_refused(member, word):
    assert word in refusal(with_member(book(["a"], ["1"]), member))


def test_a_renamed_document_is_refused():
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("word/document.xml", "x")
    assert "扩展名一致" in refusal(SimpleUploadedFile("a.xlsx", out.getvalue()))


def test_a_zip_bomb_is_refused_before_it_is_unpacked():
    file = rewritten(book(["a"]), "xl/worksheets/sheet1.xml", b"\0" * (450 * 2**20))
    assert "过大" in refusal(file)


LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;">
<!ENTITY c SYSTEM "file:///etc/passwd">]>
<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>
<row r="1"><c r="A1" t="inlineStr"><is><t>&b;&c;</t></is></c></row></sheetData></worksheet>"""
FAR = b"""<?xml version="1.0"?>
<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>
<row r="1"><c r="A1"><v>1</v></c></row>
<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>"""


def test_entities_are_not_expanded():
    file = rewritten(book(["a"]), "xl/worksheets/sheet1.xml", LAUGHS)
    try:
        found = str(read(file))
    except sheets.NotReadable as why:
        found = str(why)
    assert "root:" not in found and "hahaha" not in found


def test_a_sheet_that_takes_too_much_memory_kills_the_reader_only():
    file = rewritten(book(["a"]), "xl/worksheets/sheet1.xml", FAR)
    assert "过大" in refusal(file)


def test_a_reader_that_takes_too_long_is_ended():
    with mock.patch.object(reading, "_PATIENCE", 0.001):
        assert "过大" in refusal(book(["a"], ["1"]))


def test_a_file_of_too_many_lines_is_refused_whole():
    assert "100,000 行" in refusal(table("a\n" + "1\n" * 100_001))


def test_the_reader_gets_no_environment(monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "hush")
    with mock.patch.object(reading.subprocess, "run", wraps=reading.subprocess.run) as run:
        read(table("a\n1\n"))
    assert set(run.call_args.kwargs["env"]) == {"PYTHONUTF8"}
