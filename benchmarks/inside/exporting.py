"""A list as a file, and what others take for it."""

import time
from pathlib import Path
from typing import Any

import xlsxwriter
from django.db import connections
from django.db.models import QuerySet
from python_calamine import CalamineWorkbook

from core import clock, tenancy
from core.lists.csv import write_csv
from core.lists.reading import in_file, texts_by_column
from core.lists.xlsx import write_xlsx
from customers.lists import CustomerList
from customers.models import Customer
from customers.notes.models import labels_of_outer_customer

from .memory import peak_mb


def _customers() -> QuerySet[Customer]:
    return Customer.objects.annotate(labels=labels_of_outer_customer())


def export_csv(kind: str, path: str) -> dict[str, Any]:
    """All customers as CSV: by core/lists, or by COPY of the same columns."""
    began = time.perf_counter()
    _write_csv(path) if kind == "app" else _copy_csv(path)
    return {"ms": (time.perf_counter() - began) * 1000, "peak_mb": peak_mb()}


def export_xlsx(kind: str, path: str, customers: int) -> dict[str, Any]:
    """All customers as a workbook: by core/lists, or by xlsxwriter in constant memory."""
    began = time.perf_counter()
    with tenancy.vendor():
        if kind == "app":
            write_xlsx(
                *(_customers(), CustomerList.columns, Path(path)),
                at=clock.now(),
                total=customers,
                title="customers",
                passport={"rows": str(customers)},
            )
        else:
            _write_slowly(path)
    return {"ms": (time.perf_counter() - began) * 1000, "peak_mb": peak_mb()}


def _write_slowly(path: str) -> None:
    """The same cells, row by row."""
    book = xlsxwriter.Workbook(path, {"constant_memory": True, "strings_to_formulas": False})
    sheet = book.add_worksheet()
    columns = in_file(CustomerList.columns)
    sheet.write_row(0, 0, [str(column.label) for column in columns])
    line = 0
    for batch in texts_by_column(_customers(), columns, at=clock.now()):
        for cells in zip(*batch, strict=True):
            line += 1
            for at, (text, column) in enumerate(zip(cells, columns, strict=True)):
                if column.numeric and text:
                    sheet.write_number(line, at, float(text))
                else:
                    sheet.write_string(line, at, text)
    book.close()


def rows_of_xlsx(path: str) -> int:
    """Read back by another library."""
    return CalamineWorkbook.from_path(path).get_sheet_by_index(0).height


def _write_csv(path: str) -> None:
    with tenancy.vendor(), Path(path).open("w", encoding="utf-8", newline="") as out:
        write_csv(_customers(), CustomerList.columns, out, at=clock.now())


_COLUMNS = """
SELECT c.name, c.account_name, c.number, c.association_type, c.associated_at, c.verified, c.type,
    c.level, c.available_amount, c.phone, c.email, u.name, r.text,
    ARRAY(
        SELECT l.name FROM customers_labelling g JOIN customers_label l ON l.id = g.label_id
        WHERE g.customer_id = c.id AND l.deleted_at IS NULL ORDER BY l.name
    )
FROM customers_customer c LEFT JOIN customers_remark r ON r.customer_id = c.id
LEFT JOIN org_member m ON m.id = c.account_manager_id LEFT JOIN org_user u ON u.id = m.user_id
"""


def _copy_csv(path: str) -> None:
    command = f"COPY ({_COLUMNS}) TO STDOUT WITH (FORMAT csv, HEADER)"
    with (
        connections["owner"].cursor() as cursor,
        Path(path).open("wb") as out,
        cursor.copy(command) as copy,
    ):
        for part in copy:
            out.write(part)
