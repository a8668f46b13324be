"""A workbook of customers: all that the product does with it, or only reading its cells."""

import time
from pathlib import Path
from random import Random
from typing import Any

import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from python_calamine import CalamineWorkbook

from core import clock, tenancy
from customers.imports.associations import Associations
from jobs.imports import services
from jobs.imports.forms import UploadForm
from org.models import Partner, User
from partnercenter.world import names

from .memory import peak_mb


def write_customers(path: str, customers: int) -> None:
    kind, rng = Associations(), Random(customers)
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, [str(column.label) for column in kind.columns])
        for n in range(1, customers + 1):
            line = [f"bench{n:010d}", names.company(rng).text, f"bench_{n}", "代售", "2026-01-31"]
            sheet.write_row(n, 0, line)


def import_customers(kind: str, path: str) -> dict[str, Any]:
    """What is measured is the commit: file read again, checked, written, logged."""
    return _parse(path) if kind == "floor" else _import(path)


def _parse(path: str) -> dict[str, Any]:
    began = time.perf_counter()
    rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    return {"ms": (time.perf_counter() - began) * 1000, "rows": len(rows) - 1}


def _import(path: str) -> dict[str, Any]:
    kind, at = Associations(), clock.now()
    file = SimpleUploadedFile("customers.xlsx", Path(path).read_bytes())
    steps, began = [], time.perf_counter()

    def step() -> None:
        steps.append((time.perf_counter() - began) * 1000)

    with tenancy.vendor():
        user = User(email="bench@import.example", name="bench", vendor_role="operator")
        user.save()
        who = {"by": user, "at": at}
        form = UploadForm({}, {"file": file})
        assert form.is_valid(), form.errors
        sent = form.cleaned_data["file"]
        read = {"headers": sent.headers, "lines": sent.lines_read}
        partner = Partner.objects.order_by("pk")[0]
        made = services.start_import(kind, sent, partner=partner, **read, **who)
        step()
        made = services.choose_columns(made, kind, made.mapping, **who)
        step()
        made, _done = services.commit_import(made, kind, seen=made.seal, **who)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        step()
        made.file.storage.delete(made.file.name)
        transaction.set_rollback(True)
    upload, preview, commit = (b - a for a, b in zip([0, *steps], steps, strict=False))
    said = {"upload": round(upload), "preview": round(preview), "commit": round(commit)}
    return {"ms": commit, "rows": len(made.done), "peak_mb": peak_mb(), "steps_ms": said}
