"""Reading a list's rows for a file: all of them, in batches, in constant memory.

By columns: a million rows are ten million cells, and what each costs by itself counts.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import JSONField, QuerySet

from .columns import Choice, Column, Page, fields_of

CHUNK = 2_000
Row = tuple[Any, ...]
Told = Callable[[int], None]


def in_file(columns: Sequence[Column]) -> list[Column]:
    """The columns of a file that has these on screen."""
    return [part for column in columns for part in column.in_file()]


def texts_by_column(
    rows: QuerySet[Any],
    columns: Sequence[Column],
    *,
    at: datetime,
    revealed: frozenset[str] = frozenset(),
    told: Told = lambda rows: None,
) -> Iterator[list[list[str]]]:
    """Batches of all rows; of each batch, the texts of every column.

    Personal data stays masked but for `revealed` columns. `told` hears how many rows came.
    Runs inside the caller's transaction, which is the snapshot.
    """
    names = fields_of(columns, "pk")
    for batch in batches(rows.values_list(*names), CHUNK):
        values = dict(zip(names, zip(*batch, strict=True), strict=True))
        page = Page(now=at, pks=values["pk"], revealed=revealed)
        yield [list(_texts(column, page, values)) for column in columns]
        told(len(batch))


def _texts(column: Column, page: Page, values: dict[str, Row]) -> Iterator[str]:
    shown = column.shown(page)
    read = [values[name] for name in column.reads()]
    if len(read) > 1:
        return map(shown, zip(*read, strict=True))
    if isinstance(column, Choice):  # each code once
        return map({code: shown(code) for code in set(read[0])}.__getitem__, read[0])
    return map(shown, read[0])


def batches(rows: QuerySet[Any], size: int) -> Iterator[list[Row]]:
    """The rows of a `values_list`, `size` at a time, inside the caller's transaction."""
    compiler = rows.query.get_compiler(connection=connection)
    try:
        sql, parameters = compiler.as_sql()
    except EmptyResultSet:
        return
    selected = [expression for expression, *_ in compiler.select or ()]
    converted = [expression for _how, expression in compiler.get_converters(selected).values()]
    if not all(_is_json(expression.output_field) for expression in converted):
        # Such a field knows only how PostgreSQL writes its values as text.
        yield from _cut(rows.iterator(chunk_size=size), size)
        return
    with connection.chunked_cursor() as cursor:
        # Instants, numbers and JSON arrive ready to use: half the time of reading their text.
        with connection.wrap_database_errors:
            cursor.cursor.execute(sql, parameters, binary=True)
        while batch := cursor.fetchmany(size):
            yield batch


def _is_json(field: Any) -> bool:
    return isinstance(getattr(field, "base_field", field), JSONField)


def _cut(rows: Iterator[Row], size: int) -> Iterator[list[Row]]:
    while batch := list(islice(rows, size)):
        yield batch
