"""Files that an attacker, or a careless person, would attach (security.md T-UP-1).

REFUSED must not be stored. KEPT is what no look at the outside can tell from an honest file:
it is stored as it came and only ever handed out as a download.
"""

import io
import struct
import zipfile

from followups.rules import MAX_FILE_BYTES

from .files import DOCX, JPG, PDF, PNG, XLSX, office

HTML = b"<html><script>alert(1)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
PROGRAM = b"MZ\x90\0" + b"\0" * 60
ELF = b"\x7fELF\2\1\1" + b"\0" * 57
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504  # also what encryption wraps
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
ENTITIES = b'<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><a>&b;</a>'
OUTSIDE = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'


def _archive(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name, content in members.items():
            packed.writestr(name, content)
    return out.getvalue()


def _directory(content: bytes, at: int, packed: bytes) -> bytes:
    """The document with bytes of its first directory entry replaced."""
    first = content.find(b"PK\x01\x02") + at
    return content[:first] + packed + content[first + len(packed) :]


def _end(content: bytes, members: int, length: int) -> bytes:
    end = content.rfind(b"PK\x05\x06")
    counted = struct.pack("<HHL", members, members, length)
    return content[: end + 8] + counted + content[end + 16 :]


def _linked() -> bytes:
    """A document one of whose members is a link to a file of the server."""
    out = io.BytesIO(DOCX)
    with zipfile.ZipFile(out, "a") as packed:
        link = zipfile.ZipInfo("word/link")
        link.external_attr = 0o120777 << 16
        packed.writestr(link, "/etc/passwd")
    return out.getvalue()


REFUSED = {
    # not what the name says
    "empty": ("empty.png", b""),
    "one byte": ("one.png", b"\x89"),
    "one byte over the limit": ("a.png", PNG + b"\0" * (MAX_FILE_BYTES + 1 - len(PNG))),
    "a page named as a picture": ("a.png", HTML),
    "a page named as a photograph": ("a.jpg", HTML),
    "a page named as a PDF": ("a.pdf", HTML),
    "a page named as a document": ("a.docx", HTML),
    "a page named as a sheet": ("a.xlsx", HTML),
    "a page with a byte order mark": ("a.pdf", b"\xef\xbb\xbf" + HTML),
    "a drawing named as a photograph": ("a.jpg", SVG),
    "a picture named as a PDF": ("a.pdf", PNG),
    "a PDF named as a picture": ("a.png", PDF),
    "a photograph named as a picture": ("a.png", JPG),
    "a sheet named as a document": ("a.docx", XLSX),
    "a document named as a sheet": ("a.xlsx", DOCX),
    "a program named as a document": ("a.docx", PROGRAM),
    "a program named as a sheet": ("a.xlsx", PROGRAM),
    "a program named as a picture": ("a.png", PROGRAM),
    "a program for Linux named as a PDF": ("a.pdf", ELF),
    "a shell script named as a PDF": ("a.pdf", b"#!/bin/sh\nrm -rf /\n"),
    "a script named as a picture": ("a.png", b"alert(document.cookie)"),
    "a table in UTF-7": ("a.xlsx", b"+ADw-script+AD4-alert(1)+ADw-/script+AD4-"),
    "a table of commas": ("a.xlsx", b"a,b\n=cmd|'/c calc'!A1,2\n"),
    "a PDF behind something else": ("a.pdf", b"\n\n" + PDF),
    "a GIF named as a picture": ("a.png", b"GIF89a/*" + b"\0" * 20),
    "a WebP named as a photograph": ("a.jpg", b"RIFF\x24\0\0\0WEBPVP8 "),
    "a bitmap named as a picture": ("a.png", b"BM\x36\0\0\0" + b"\0" * 30),
    "rich text named as a document": ("a.docx", b"{\\rtf1\\ansi \\objdata 0}"),
    "half a picture's signature": ("a.png", b"\x89PNG\r\n"),
    "a virus named as a PDF": ("a.pdf", EICAR),
    # names of other kinds
    "a PDF that a browser would open as a page": ("a.html", PDF),
    "a drawing": ("a.svg", SVG),
    "GIF and script at once": ("a.gif", b"GIF89a/*"),
    "two extensions": ("a.png.exe", PNG),
    "an extension in capitals": ("a.png.EXE", PNG),
    "no extension": ("noextension", PNG),
    "only an extension": (".png", PNG),
    "a point at the end": ("a.png.", PNG),
    "an extension that is read backwards": ("a\u202egnp.exe", PNG),
    "a stream of NTFS": ("a.exe:b.png:$DATA", PNG),
    "a page hidden behind a question mark": ("a.html?.png.html", PNG),
    "the server's settings": (".htaccess", PNG),
    "a program of Java": ("a.jar", DOCX),
    "a program of Android": ("a.apk", DOCX),
    # Office
    "the old format named as a document": ("a.docx", OLD_OFFICE),
    "the old format named as a sheet": ("a.xlsx", OLD_OFFICE),
    "the old format": ("a.xls", OLD_OFFICE),
    "a document with macros by its name": ("a.docm", DOCX),
    "a sheet with macros by its name": ("a.xlsm", XLSX),
    "a document with macros": ("a.docx", office(**{"word/vbaProject.bin": b"x"})),
    "a sheet with macros": ("a.xlsx", office("xl/workbook.xml", **{"xl/vbaProject.bin": b"x"})),
    "macros in capitals": ("a.docx", office(**{"word/VBAPROJECT.BIN": b"x"})),
    "macros in another folder": ("a.docx", office(**{"customXml/vbaProject.bin": b"x"})),
    "document and sheet at once": ("a.docx", office(**{"xl/workbook.xml": b"x"})),
    "without types": ("a.docx", _archive(**{"word/document.xml": b"<w/>"})),
    "without a main part": ("a.docx", office(main="")),
    # archives
    "an archive": ("a.zip", DOCX),
    "an archive named as a document": ("a.docx", _archive(**{"a.txt": b"x"})),
    "an archive in an archive": ("a.docx", _archive(**{"a.zip": _archive(b=b"x")})),
    "an empty archive": ("a.docx", b"PK\x05\x06" + b"\0" * 18),
    "an archive in parts": ("a.docx", b"PK\x07\x08" + DOCX),
    "a 7z": ("a.docx", b"7z\xbc\xaf\x27\x1c" + b"\0" * 30),
    "a RAR": ("a.docx", b"Rar!\x1a\x07\x01\0"),
    "a gzip": ("a.xlsx", b"\x1f\x8b\x08\0" + b"\0" * 20),
    "a broken archive": ("a.docx", b"PK\x03\x04" + b"\0" * 60),
    "a truncated document": ("a.docx", DOCX[:-10]),
    "a directory that lies elsewhere": ("a.docx", _end(DOCX, 2, 2**20)),
    "a directory of 65,535 members": ("a.docx", _end(DOCX, 65_535, 2**31)),
    "more members than a document has": (
        "a.docx",
        office(**{f"word/{n}": b"" for n in range(2_001)}),
    ),
    "a bomb": ("a.docx", _directory(DOCX, 24, struct.pack("<L", 3 * 10**9))),
    "encrypted": ("a.docx", _directory(DOCX, 8, b"\x01")),
    "an unknown way of packing": ("a.docx", _directory(DOCX, 10, struct.pack("<H", 99))[:-22]),
}
KEPT = {
    "a picture and a page": ("a.png", PNG + HTML),
    "a photograph with a script in its comment": ("a.jpg", b"\xff\xd8\xff\xfe\0\x20" + HTML),
    "a photograph that says where it was taken": ("a.jpg", b"\xff\xd8\xff\xe1\0\x10Exif\0\0GPS"),
    "a picture of a thousand megapixels": (
        "a.png",
        PNG[:8] + b"\0\0\0\x0dIHDR" + struct.pack(">LL", 32_000, 32_000) + b"\x08\2\0\0\0",
    ),
    "a PDF that is also a page": ("a.pdf", b"%PDF-1.7\n" + HTML),
    "a PDF with a script": ("a.pdf", b"%PDF-1.7\n1 0 obj<</S/JavaScript/JS(app.alert(1))>>"),
    "a sheet that asks another": (
        "a.xlsx",
        office("xl/workbook.xml", **{"xl/externalLinks/externalLink1.xml": b"<x/>"}),
    ),
    "a sheet with a command": (
        "a.xlsx",
        office("xl/workbook.xml", **{"xl/worksheets/sheet1.xml": b"<f>cmd|'/c calc'!A1</f>"}),
    ),
    "a sheet with one cell far out": (
        "a.xlsx",
        office("xl/workbook.xml", **{"xl/worksheets/sheet1.xml": b'<c r="XFD1048576"/>'}),
    ),
    "entities that grow": ("a.docx", office(**{"word/styles.xml": ENTITIES})),
    "an entity from outside": ("a.docx", office(**{"word/styles.xml": OUTSIDE})),
    "a member above the folder": ("a.docx", office(**{"../../../etc/cron.d/x": b"x"})),
    "a member that is a link": ("a.docx", _linked()),
    "a virus in a document": ("a.docx", office(**{"word/media/x.com": EICAR})),
    "a name of folders": ("../../../etc/passwd/a.png", PNG),
    "a name of Windows' folders": ("C:\\windows\\system32\\a.png", PNG),
    "a name with a script": ("<img src=x onerror=alert(1)>.png", PNG),
    "a name with a header": ("a\r\nSet-Cookie: a=b.png", PNG),
    "a name with a NUL": ("a\0.png", PNG),
    "a name of 300 characters": ("深" * 300 + ".png", PNG),
    "a name that is a formula": ("=cmd|' calc'!A1.png", PNG),
}
