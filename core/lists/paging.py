"""Keyset paging: a page starts after a row, not after a count.

Page 10,000 costs what page 1 does.

The order of a list ends in the primary key, so that no two rows tie; all of it runs one way.
"""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import EmptyResultSet, ValidationError
from django.db import connection
from django.db.models import Count, F, Field, Q, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan
from django.utils.translation import gettext as _

from .filters import BadFilter

COUNT_LIMIT = 1_000


@dataclass(frozen=True)
class Slice:
    rows: list[tuple[Any, ...]]
    previous: str = ""
    next: str = ""


def slice_of(
    rows: QuerySet[Any],
    fields: Sequence[str],
    order: Sequence[str],
    size: int,
    *,
    after: str = "",
    before: str = "",
    keys_first: bool = False,
) -> Slice:
    """One page of `rows.values_list(*fields)`.

    Args:
        keys_first: see `List.keys_first`.
        order: names that end in a unique one, all with or all without a leading minus; each is
            one of `fields`.
        after, before: a cursor of an earlier page. Raises BadFilter when unreadable.
    """
    descending = order[0].startswith("-")
    names = [name.lstrip("-") for name in order]
    backwards = bool(before) and not after
    if cursor := after or before:
        keys = decode(cursor, [_field(rows, name) for name in names])
        rows = rows.filter(_beyond(names, keys, descending != backwards))
    wanted = [("-" if descending != backwards else "") + name for name in names]
    if keys_first:
        page = rows.order_by(*wanted).values("pk")[: size + 1]
        rows = rows.all()
        rows.query.clear_where()  # the keys say it all; asked again, it may cost as much again
        rows = rows.filter(pk__in=page)
    found = list(rows.order_by(*wanted).values_list(*fields)[: size + 1])
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    if not found:
        return Slice([])
    where = [fields.index(name) for name in names]
    first, last = (encode([row[i] for i in where]) for row in (found[0], found[-1]))
    has_previous = more if backwards else bool(after)
    has_next = True if backwards else more
    return Slice(found, first if has_previous else "", last if has_next else "")


def _beyond(names: Sequence[str], values: Sequence[Any], less: bool) -> Any:
    lookup = TupleLessThan if less else TupleGreaterThan
    return lookup(Tuple(*(F(name) for name in names)), tuple(values))


def encode(values: Sequence[Any]) -> str:
    plain = [_plain(value) for value in values]
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def _plain(value: Any) -> Any:
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def decode(cursor: str, fields: Sequence["Field[Any, Any]"]) -> list[Any]:
    """The values in a cursor, each as its field takes them. Raises BadFilter."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        values = json.loads(base64.b64decode(padded, b"-_", validate=True))
        if not isinstance(values, list) or len(values) != len(fields):
            raise ValueError
        return [_value(field, value) for field, value in zip(fields, values, strict=True)]
    except (ValueError, TypeError, OverflowError, ValidationError) as error:
        raise BadFilter(_("翻页位置无效，请从第一页重新查看。")) from error


def _value(field: "Field[Any, Any]", value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError
    cleaned = field.to_python(value)
    if cleaned is None or (isinstance(cleaned, int) and abs(cleaned) >= 2**63):
        raise ValueError
    if isinstance(cleaned, datetime) and cleaned.tzinfo is None:
        raise ValueError
    return cleaned


def _field(rows: QuerySet[Any], name: str) -> "Field[Any, Any]":
    meta = rows.model._meta
    return meta.pk if name == "pk" else meta.get_field(name)


def capped_counts(querysets: Sequence[QuerySet[Any]], limit: int = COUNT_LIMIT) -> list[int]:
    """The sizes of several row sets in one statement, each counted to `limit` + 1 at most.

    Rows in the order of their list are found by its index, and counting stops where the limit is.
    """
    parts: list[str] = []
    parameters: list[Any] = []
    for rows in querysets:
        try:
            sql, values = rows.values_list("pk")[: limit + 1].query.sql_with_params()
        except EmptyResultSet:  # no row can match: none(), or a list of no partners
            parts.append("0")
            continue
        parts.append(f"(SELECT count(*) FROM ({sql}) AS counted)")
        parameters.extend(values)
    if not parts:
        return []
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", parameters)
        return list(cursor.fetchone())


def counts_by_condition(rows: QuerySet[Any], conditions: Sequence[Q | None]) -> list[int]:
    """How many of `rows` meet each condition (None: all do), each to the limit and one.

    One look at the first rows answers for all conditions; only those that it leaves open, because
    there are more rows and few of the first met them, are counted on their own.
    """
    if len(conditions) == 1:
        return capped_counts([rows.filter(conditions[0] or Q())])
    look = 5 * (COUNT_LIMIT + 1)
    wanted = {f"n{i}": Count("pk", filter=q) for i, q in enumerate(conditions)}
    found = rows[:look].aggregate(seen=Count("pk"), **wanted)
    counts = [min(found[name], COUNT_LIMIT + 1) for name in wanted]
    if found["seen"] < look:
        return counts
    left = [i for i, count in enumerate(counts) if count <= COUNT_LIMIT]
    own = capped_counts([rows.filter(conditions[i] or Q()) for i in left])
    for i, count in zip(left, own, strict=True):
        counts[i] = count
    return counts


def count_label(count: int) -> str:
    return f"{COUNT_LIMIT}+" if count > COUNT_LIMIT else str(count)
