import struct

import pytest

from followups.attachments import BadFile, check
from followups.rules import MAX_FILE_BYTES

from .files import DOCX, JPG, PDF, PNG, XLSX, office, upload

ACCEPTED = {
    "截图.png": (PNG, "png"),
    "a.JPG": (JPG, "jpg"),
    "a.jpeg": (JPG, "jpg"),
    "合同.pdf": (PDF, "pdf"),
    "报告.docx": (DOCX, "docx"),
    "表.xlsx": (XLSX, "xlsx"),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_the_five_kinds_are_accepted(name):
    content, kind = ACCEPTED[name]
    checked = check(upload(name, content))
    assert (checked.kind, checked.name) == (kind, name)
    assert checked.file.read() == content


HTML = b"<html><script>alert(1)</script>"
REFUSED = {
    "empty": ("empty.png", b""),
    "a page named as a picture": ("a.png", HTML),
    "a PDF that a browser would open as a page": ("a.html", PDF),
    "a picture named as a PDF": ("a.pdf", PNG),
    "two extensions": ("a.png.exe", PNG),
    "no extension": ("noextension", PNG),
    "svg": ("a.svg", b"<svg/>"),
    "gif and script": ("a.gif", b"GIF89a/*"),
    "a program named as a document": ("a.docx", b"MZ\x90\0" + b"\0" * 60),
    "a sheet named as a document": ("a.docx", XLSX),
    "an archive": ("a.docx", office(main="")),
    "macros": ("a.docx", office(**{"word/vbaProject.bin": b"x"})),
    "document and sheet at once": ("a.docx", office(**{"xl/workbook.xml": b"x"})),
    "a broken archive": ("a.docx", b"PK\x03\x04" + b"\0" * 60),
    "a truncated document": ("a.docx", DOCX[:-10]),
    "a document with macros by its name": ("a.docm", DOCX),
    "zip": ("a.zip", DOCX),
    "too large": ("a.png", PNG + b"\0" * MAX_FILE_BYTES),
}


@pytest.mark.parametrize("case", REFUSED)
def test_everything_else_is_not(case):
    name, content = REFUSED[case]
    with pytest.raises(BadFile) as error:
        check(upload(name, content))
    assert name in str(error.value)


def test_a_hostile_list_of_members_is_not_read():
    end = DOCX.rfind(b"PK\x05\x06")
    counted = DOCX[: end + 8] + struct.pack("<HHL", 65_535, 65_535, 2**31) + DOCX[end + 16 :]
    with pytest.raises(BadFile):
        check(upload("a.docx", counted))


def test_an_encrypted_file_is_not_accepted():
    first = DOCX.find(b"PK\x01\x02")
    encrypted = bytearray(DOCX)
    encrypted[first + 8] |= 1
    with pytest.raises(BadFile):
        check(upload("a.docx", bytes(encrypted)))


def test_a_bomb_is_not_accepted():
    first = DOCX.find(b"PK\x01\x02")
    bomb = bytearray(DOCX)
    bomb[first + 24 : first + 28] = struct.pack("<L", 3 * 10**9)  # the size it says it unpacks to
    with pytest.raises(BadFile):
        check(upload("a.docx", bytes(bomb)))


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/a.png", "a.png"),
        ("C:\\windows\\a.png", "a.png"),
        ("a\u202egnp.png", "agnp.png"),
        ("x" * 300 + ".png", "x" * 196 + ".png"),
    ],
)
def test_names_are_made_harmless(given, kept):
    file = upload("a.png", PNG)
    file._name = given  # what Django would have let through
    assert check(file).name == kept
