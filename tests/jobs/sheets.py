"""Files that people send."""

import zipfile
from io import BytesIO

import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile


def book(*rows, name="客户.xlsx", offset=0, margin=0) -> SimpleUploadedFile:
    out = BytesIO()
    with xlsxwriter.Workbook(out) as made:
        sheet = made.add_worksheet()
        for number, row in enumerate(rows):
            for at, cell in enumerate(row):
                sheet.write(number + offset, at + margin, cell)
    return SimpleUploadedFile(name, out.getvalue())


def table(text: str, *, name="客户.csv", encoding="utf-8") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text.encode(encoding))


def with_member(file: SimpleUploadedFile, member: str, content: bytes = b"x") -> SimpleUploadedFile:
    """The workbook with one more member in its package."""
    out = BytesIO(file.read())
    with zipfile.ZipFile(out, "a") as packed:
        packed.writestr(member, content)
    return SimpleUploadedFile(file.name, out.getvalue())


def rewritten(file, name, content):
    """The workbook with one member's content replaced."""
    out = BytesIO()
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.namelist():
            new.writestr(member, content if member == name else old.read(member))
    return SimpleUploadedFile("bomb.xlsx", out.getvalue())
