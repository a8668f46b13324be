"""Files as people attach them, and as attackers do."""

import io
import zipfile

from django.core.files.uploadedfile import SimpleUploadedFile

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 32
JPG = b"\xff\xd8\xff\xe0" + b"\0" * 32
PDF = b"%PDF-1.7\n%%EOF"


def upload(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "application/octet-stream")


def office(main: str = "word/document.xml", **members: bytes) -> bytes:
    """A docx (or xlsx) with further members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("[Content_Types].xml", b"<Types/>")
        if main:
            packed.writestr(main, b"<w/>")
        for name, content in members.items():
            packed.writestr(name, content)
    return out.getvalue()


DOCX = office()
XLSX = office("xl/workbook.xml")
