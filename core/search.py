"""Searching Chinese names by index, under row-level security.

Two-character words are the commonest Chinese query, and no trigram index can serve them. A row
keeps its names and their pinyin initials in `search_text`; a GIN index holds their bigrams.

Array operators are not leakproof, so row-level security would keep the planner from that index.
`matching_ids` therefore asks a SECURITY DEFINER function that repeats the tenant's condition
itself (docs/decisions/0002-tenancy.md). A rare word is then read by id, a common one by walking
the list in its own order, which is quick just because it is common.
"""

import unicodedata
from functools import lru_cache
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import BigIntegerField, BooleanField, F, Func, QuerySet, Value
from django.db.models.functions import StrIndex

from .tenancy import APP, VENDOR, SQLOperation

LIMIT = 5_000  # a word with more rows is common
GLANCE, COMMON = 400, 0.08  # and so is one that this share of the newest rows holds


def normalized(text: str) -> str:
    """Full-width to half-width, lower case, no blanks: how names and queries are compared."""
    return "".join(unicodedata.normalize("NFKC", text).lower().split())


def initials(text: str) -> str:
    """`深圳云帆` → `szyf`; characters without a reading stay as they are."""
    if text.isascii():
        return text
    # Its dictionary takes tens of MB, which only a process that writes names has to pay.
    from pypinyin.core import Pinyin

    return "".join(map(_initials_of_word, Pinyin().seg(text)))


@lru_cache(maxsize=50_000)
def _initials_of_word(word: str) -> str:
    """Names share their words, and a reading depends on its word alone: ten times as fast."""
    from pypinyin import Style, lazy_pinyin

    return "".join(lazy_pinyin(word, style=Style.FIRST_LETTER))


def search_text(*names: str) -> str:
    """What a row with these names is found by: the names and their initials, one a line."""
    plain = [normalized(name) for name in names if name]
    return "\n".join(dict.fromkeys([*plain, *map(initials, plain)]))


def matching_ids(table: str, query: str) -> list[int] | None:
    """Ids of the tenant's rows whose text holds the query; None when it is a common word."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {table}_search(%s, %s)", [query, LIMIT])
        return cursor.fetchone()[0]


def search(rows: QuerySet[Any], query: str) -> QuerySet[Any]:
    """Narrow rows of a model with `search_text` to those whose names hold the query."""
    query = normalized(query)
    if not query:
        return rows
    ids = _ids_of(rows.model, query)
    return _walk(rows, query) if ids is None else rows.filter(_is_any("pk", ids))


def search_through(rows: QuerySet[Any], field: str, query: str) -> QuerySet[Any]:
    """The same by what a foreign key of the rows points at."""
    query = normalized(query)
    if not query:
        return rows
    model = rows.model._meta.get_field(field).related_model
    ids = _ids_of(model, query)
    if ids is None:
        return rows.filter(**{f"{field}__in": _walk(model.objects.order_by(), query)})
    return rows.filter(_is_any(f"{field}_id", ids))


def _ids_of(model: Any, query: str) -> list[int] | None:
    return matching_ids(model._meta.db_table, query) if len(query) > 1 else None


def _walk(rows: QuerySet[Any], query: str) -> QuerySet[Any]:
    # Not LIKE: behind a policy the planner may not ask its statistics about LIKE, expects next to
    # no match, and reads and sorts all rows of the tenant. Of strpos it expects a third, and
    # walks the list in its order until the page is full.
    return rows.alias(found_at=StrIndex("search_text", Value(query))).filter(found_at__gt=0)


def _is_any(field: str, ids: list[int]) -> Func:
    """`field__in` with one array instead of thousands of parameters."""
    return Func(
        *(F(field), Value(ids, ArrayField(BigIntegerField()))),
        template="%(expressions)s)",
        arg_joiner=" = ANY (",
        output_field=BooleanField(),
    )


class SearchFunction(SQLOperation):
    """The function that may use the bigram index; replaces an earlier one.

    It answers NULL for a common word: when the newest rows say so at a glance, or when there are
    more than `most`.
    """

    def __init__(self, model: str) -> None:
        self.model = model

    def describe(self) -> str:
        return f"How {self.model} is searched"

    def deconstruct(self) -> tuple[str, list[str], dict[str, Any]]:
        return self.__class__.__name__, [self.model], {}

    def statements(self, table: str) -> list[str]:
        return [
            f"DROP FUNCTION IF EXISTS {table}_search(text, int)",
            f"CREATE FUNCTION {table}_search(query text, most int)"
            " RETURNS bigint[] LANGUAGE plpgsql STABLE SECURITY DEFINER"
            " SET search_path = public, pg_temp AS $$"
            " DECLARE"
            " partners bigint[] := nullif(current_setting('app.partner_ids', true), '')::bigint[];"
            " BEGIN"
            f" IF current_setting('role') = '{VENDOR}' THEN {_answer(table, 'true', 'true')}"
            " ELSE "
            # The newest of one partner; of several, their order would have to be sorted.
            + _answer(table, "partner_id = partners[1]", "partner_id = ANY (partners)")
            + " END IF; END $$",
            f"REVOKE ALL ON FUNCTION {table}_search(text, int) FROM PUBLIC",
            f"GRANT EXECUTE ON FUNCTION {table}_search(text, int) TO {APP}, {VENDOR}",
        ]

    def reverse_statements(self, table: str) -> list[str]:
        return []  # it serves whatever the index served


class SearchIndex(SQLOperation):
    """The bigram index of a tenant table's `search_text`, and the function that may use it."""

    def __init__(self, model: str) -> None:
        self.model = model

    def describe(self) -> str:
        return f"Search {self.model} by two characters"

    def deconstruct(self) -> tuple[str, list[str], dict[str, Any]]:
        return self.__class__.__name__, [self.model], {}

    def statements(self, table: str) -> list[str]:
        return [
            "CREATE EXTENSION IF NOT EXISTS btree_gin",
            _BIGRAMS,
            f"CREATE INDEX {table}_bigrams_idx ON {table}"
            " USING gin (partner_id, core_bigrams(search_text))",
            *SearchFunction(self.model).statements(table),
        ]

    def reverse_statements(self, table: str) -> list[str]:
        return [
            f"DROP FUNCTION {table}_search(text, int)",
            f"DROP INDEX {table}_bigrams_idx",
        ]


def _answer(table: str, newest: str, theirs: str) -> str:
    """The body of the function for one kind of reader; the conditions say which rows are theirs."""
    return (
        f"IF (SELECT count(*) FROM (SELECT search_text FROM {table} WHERE {newest}"
        f" ORDER BY id DESC LIMIT {GLANCE}) glance"
        f" WHERE strpos(search_text, query) > 0) >= {GLANCE * COMMON} THEN RETURN NULL; END IF;"
        f" RETURN (SELECT CASE WHEN count(*) <= most THEN coalesce(array_agg(id), '{{}}') END"
        f" FROM (SELECT id FROM {table} WHERE core_bigrams(search_text) @> core_bigrams(query)"
        f" AND strpos(search_text, query) > 0 AND {theirs} LIMIT most + 1) found);"
    )


_BIGRAMS = (
    "CREATE OR REPLACE FUNCTION core_bigrams(value text) RETURNS text[]"
    " LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE"
    " RETURN array(SELECT DISTINCT substr(value, i, 2)"
    " FROM generate_series(1, length(value) - 1) AS i)"
)
