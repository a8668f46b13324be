"""Lists of the vendor's desk: any table may grow to millions, so nothing is counted or skipped.

Pages follow each other by key, the count stops at a thousand, and rows are in the one order
that an index serves.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import SuspiciousOperation, ValidationError
from django.core.paginator import Paginator
from django.db import models
from django.db.models import Q
from django.http import HttpRequest

from .lists.filters import tidy

COUNTED = 1_000  # rows; beyond it a list says "1000+"
AFTER = "after"


def capped_count(rows: models.QuerySet[Any]) -> int:
    """How many rows there are; COUNTED + 1 when there are more."""
    return rows.order_by().values("pk")[: COUNTED + 1].count()


def shown_count(count: int) -> str:
    return f"{COUNTED}+" if count > COUNTED else str(count)


class CappedPaginator(Paginator):
    """For the autocomplete boxes, which page by number."""

    @cached_property
    def count(self) -> int:
        return capped_count(self.object_list)  # type: ignore[arg-type]


def following(
    rows: models.QuerySet[Any], order: Sequence[str], last: models.Model
) -> models.QuerySet[Any]:
    """The rows after `last`; `order` names descending columns, the last of them unique."""
    names = [name.lstrip("-") for name in order]
    first = Q((f"{names[0]}__lte", getattr(last, names[0])))  # lets an index find the place
    later, equal = Q(), Q()
    for name in names:
        later |= equal & Q((f"{name}__lt", getattr(last, name)))
        equal &= Q((name, getattr(last, name)))
    return rows.filter(first, later)


class KeysetChangeList(ChangeList):
    """Django's change list without page numbers, `?o=` and counting."""

    def __init__(self, request: HttpRequest, *args: Any) -> None:
        if any("\x00" in value for values in request.GET.lists() for value in values[1]):
            raise SuspiciousOperation("NUL in the address")  # PostgreSQL has no such text
        query: Any = request.GET.copy()
        self.after = "".join(query.pop(AFTER, []))
        request.GET = query
        super().__init__(request, *args)

    def get_ordering(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> list[Any]:
        return list(self.model_admin.ordering or ["-pk"])

    def get_ordering_field_columns(self) -> dict[int, Any]:
        return {}

    def get_results(self, request: HttpRequest) -> None:
        rows, size = self.queryset, self.list_per_page
        self.result_count = capped_count(rows)
        last = self._last(rows)
        page = list((following(rows, self._order(rows), last) if last else rows)[: size + 1])
        self.result_list = page[:size]
        self.next_page = self.get_query_string({AFTER: page[size - 1].pk}) if page[size:] else ""
        self.first_page = self.get_query_string() if last else ""
        self.shown_count = shown_count(self.result_count)
        self.show_full_result_count, self.full_result_count = False, None
        self.show_admin_actions = bool(page)
        self.can_show_all = self.multi_page = False
        self.paginator = self.model_admin.get_paginator(request, rows, size)

    def _last(self, rows: models.QuerySet[Any]) -> Any:
        """The row after which the page begins; a key that is none begins at the first."""
        try:
            return rows.filter(pk=self.model._meta.pk.to_python(self.after)).first()
        except ValidationError:
            return None

    def _order(self, rows: models.QuerySet[Any]) -> Sequence[str]:
        return [str(name) for name in rows.query.order_by]


class TextFilter(admin.SimpleListFilter):
    """A filter that is typed, for columns with too many values to list them."""

    template = "admin/text_filter.html"
    help_text: ClassVar[Any] = ""

    def narrow(self, rows: models.QuerySet[Any], text: str) -> models.QuerySet[Any]:
        raise NotImplementedError

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("", "")]  # there is something to show

    def queryset(
        self, request: HttpRequest, queryset: models.QuerySet[Any]
    ) -> models.QuerySet[Any]:
        text = tidy(self.value() or "")
        return self.narrow(queryset, text) if text else queryset

    def choices(self, changelist: Any) -> Iterator[Any]:
        """One "choice": the form's field, and the other filters that it keeps."""
        kept = {k: v for k, v in changelist.params.items() if k != self.parameter_name}
        without = changelist.get_query_string(remove=[self.parameter_name])
        yield {"value": self.value() or "", "kept": kept, "without": without}
