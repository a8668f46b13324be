"""A list page: status tabs, query form, table, paging, masking. Declared once per list.

A subclass says which rows, which columns, which filters and which tabs; the page, its htmx
fragment, its counts and its file come from here. docs/mechanisms/lists.md shows one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from django.db import OperationalError
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from .. import clock, patience
from ..access import Decision
from ..htmx import wants_part
from . import columns as cells
from . import controls as form
from . import filters as query
from . import paging
from .bulk import BulkAction
from .layout import Layout

LIST_TEMPLATE = "list.html"
OF_PARTS = ("count", "drawer", "panel", "tiles")  # parameters that ask for a part of the page
RESULTS = "results"  # the id of what htmx swaps
SIZES = (10, 20, 50, 100)
EXACT_COUNT_SECONDS = 3


@dataclass(frozen=True)
class Tab:
    """One status tab: the rows that meet `narrow`, or all of them."""

    key: str
    label: str | Promise
    narrow: Q | None = None

    def apply(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(self.narrow) if self.narrow else rows


class List:
    """Subclass and declare. One instance serves one request."""

    key: str  # names the list in the log and in files
    title: Any
    help: Any = ""
    empty: Any = ""  # what will appear here, and what to do first
    template: str = LIST_TEMPLATE
    sum_template: str = ""  # what its rows come to, shown above them
    order: Sequence[str] = ("-pk",)
    columns: Sequence[cells.Column] = ()
    filters: Sequence[query.Filter] = ()
    tabs: Sequence[Tab] = ()
    first_tab: str = ""
    exportable: bool = False  # has a button 导出; partnercenter/exports.py says who may
    actions: Sequence[BulkAction] = ()  # what can be done to many of its rows at once
    page_size: int = 50
    # Find the keys of the page before what its columns join. Behind a policy the planner believes
    # that each joined table leaves few rows, and joins and sorts all instead of walking an index.
    keys_first: bool = False

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.member: Any = getattr(request, "member", None)  # set by @requires
        self.data: QueryDict = request.GET
        self.errors: list[str] = []
        self.revealed: frozenset[str] = frozenset()

    # ---- what a list may say ----

    def rows(self) -> QuerySet[Any]:
        """The rows this member may see, through `visible_to`."""
        raise NotImplementedError

    def visible_columns(self) -> Sequence[cells.Column]:
        """The columns this member may see."""
        return self.columns

    @cached_property
    def layout(self) -> Layout:
        """How this member wants them."""
        return Layout()

    @cached_property
    def shown_columns(self) -> Sequence[cells.Column]:
        """The columns on this member's screen, and in his files."""
        return self.layout.shown(self.visible_columns())

    def visible_filters(self) -> Sequence[query.Filter]:
        return self.filters

    def may_reveal(self) -> Decision:
        return Decision(False, _("此列表没有可显示的脱敏信息"))

    def record_reveal(self, column: cells.Column, pks: list[Any]) -> None:
        raise NotImplementedError

    def extra_context(self) -> dict[str, Any]:
        return {}

    # ---- the request ----

    def respond(self) -> HttpResponse:
        """The page, or the fragment that htmx asked for; a POST reveals a masked column."""
        if self.request.method == "POST":
            self._reveal(self.request.POST.get("reveal", ""))
        if self.request.GET.get("count") == "exact":
            return self._render("count", {"exact": self.exact_count()})
        if self.panel and self._asks_for_panel():
            context = {"list": self, "reveal_decision": self.may_reveal()}
            return render(self.request, f"panels/{self.panel}.html", context)
        return self._render("results", {})

    def _asks_for_panel(self) -> bool:
        """Or for rows, as after an act in the panel, which stays open."""
        return wants_part(self.request) and self.request.htmx.target != RESULTS  # type: ignore[attr-defined]

    def _render(self, part: str, more: dict[str, Any]) -> HttpResponse:
        # The parts are list.html's own: a page that extends it cannot give them.
        is_part = wants_part(self.request)
        template = f"{LIST_TEMPLATE}#{part}" if is_part else self.template
        context = self._context() | {"is_part": is_part} | more
        wrong = 422 if is_part else 400  # htmx shows a 422; a 400 may be a whole page
        return render(self.request, template, context, status=wrong if self.errors else 200)

    def _reveal(self, key: str) -> None:
        column = next((c for c in self.shown_columns if c.mask and c.key == key), None)
        if column is None or not self.may_reveal():
            return
        self.revealed = frozenset({key})
        self.record_reveal(column, [row[0] for row in self.slice.rows])

    def _context(self) -> dict[str, Any]:
        rows_html = self.rows_html  # first: it finds the errors
        return {
            "list": self,
            "rows_html": rows_html,
            "counts": self.tab_counts,
            "reveal_decision": self.may_reveal(),
            **self.extra_context(),
        }

    # ---- state in the address ----

    @cached_property
    def tab(self) -> Tab | None:
        if not self.tabs:
            return None
        wanted = self.data.get("tab", self.first_tab)
        found = next((tab for tab in self.tabs if tab.key == wanted), None)
        if found is None:
            self.errors.append(_("没有这个页签。"))
        return found or self.tabs[0]

    @cached_property
    def size(self) -> int:
        size = self.data.get("size", "")
        return int(size) if size.isdecimal() and int(size) in SIZES else self.page_size

    @cached_property
    def values(self) -> dict[str, Any]:
        """The filters in force, by key. Unreadable ones are noted in `errors`."""
        found: dict[str, Any] = {}
        for each in self.visible_filters():
            try:
                value = each.read(self.data)
            except query.BadFilter as error:
                self.errors.append(str(error))
                continue
            if value is not None:
                found[each.key] = value
        return found

    @property
    def panels(self) -> tuple[str, ...]:
        """What can be opened over the list, from templates/panels; made when it is opened."""
        return ("export",) if self.exportable else ()

    @cached_property
    def panel(self) -> str:
        """The open one, by `panel` in the address."""
        wanted = self.data.get("panel", "")
        return wanted if wanted in self.panels else ""

    @cached_property
    def here(self) -> str:
        """The same rows again, with the page that one is on."""
        return self.address(after=self.data.get("after"), before=self.data.get("before"))

    def address(self, **changes: Any) -> str:
        """This page's query string with some parameters changed; None removes one."""
        asked = {
            **self._state,
            **{name: ["" if v is None else str(v)] for name, v in changes.items()},
        }
        said = [(name, value) for name, values in asked.items() for value in values if value]
        return f"?{urlencode(said)}"

    @cached_property
    def _state(self) -> dict[str, list[str]]:
        """What the address says of the list as a whole, without its page or an open part."""
        return {k: v for k, v in self.data.lists() if k not in ("after", "before", *OF_PARTS)}

    # ---- rows ----

    @cached_property
    def filtered(self) -> QuerySet[Any]:
        """The rows under the filters, before the tab."""
        values = self.values
        rows = self.rows()
        if self.errors:
            return rows.none()
        for each in self.visible_filters():
            if each.key in values:
                rows = each.narrow(rows, values[each.key])
        return rows

    @cached_property
    def matching(self) -> QuerySet[Any]:
        """The rows under the filters and the tab: what the screen pages and a file holds."""
        tab, rows = self.tab, self.filtered
        return tab.apply(rows) if tab else rows

    @cached_property
    def fields(self) -> list[str]:
        order = [name.lstrip("-") for name in self.order]
        return cells.fields_of(self.shown_columns, "pk", *order)

    @cached_property
    def slice(self) -> paging.Slice:
        try:
            return paging.slice_of(
                *(self.matching, self.fields, self.order, self.size),
                after=self.data.get("after", ""),
                before=self.data.get("before", ""),
                keys_first=self.keys_first,
            )
        except query.BadFilter as error:
            self.errors.append(str(error))
            return paging.Slice([])

    @cached_property
    def rows_html(self) -> SafeString:
        found = self.slice.rows
        page = cells.Page(now=clock.now(), pks=[row[0] for row in found], revealed=self.revealed)
        bound = [
            (_opening(column, css), cells.getter(column, self.fields), column.cell(page))
            for column, css in (self.headers() if found else ())
        ]
        if self.actions and bound:  # the check box stands in the first cell, which stays in sight
            bound[0] = _with_check_box(*bound[0])
        lines = [
            f'<tr id="row-{row[0]}">'
            + "".join([f"{td}{cell(value(row))}</td>" for td, value, cell in bound])
            + "</tr>"
            for row in found
        ]
        return mark_safe("".join(lines))  # noqa: S308  (cells escape what comes from data)

    # ---- counts ----

    @cached_property
    def tab_counts(self) -> list[dict[str, Any]]:
        """Each tab with its count; without tabs, the one total."""
        tabs = self.tabs or (Tab("", ""),)
        if self.is_filtered:
            ordered = self.filtered.order_by(*self.order)
            counts = paging.counts_by_condition(ordered, [tab.narrow for tab in tabs])
        else:  # each tab has its index
            counts = paging.capped_counts([tab.apply(self.filtered.order_by()) for tab in tabs])
        return [
            {"tab": tab, "count": count, "label": paging.count_label(count)}
            for tab, count in zip(tabs, counts, strict=True)
        ]

    @property
    def count(self) -> dict[str, Any]:
        return next(c for c in self.tab_counts if self.tab is None or c["tab"] is self.tab)

    @property
    def is_capped(self) -> bool:
        return self.count["count"] > paging.COUNT_LIMIT

    def exact_count(self) -> str:
        """The whole count, if the database finds it in time."""
        try:
            with patience.at_most(EXACT_COUNT_SECONDS):
                return f"{self.matching.order_by().count():,}"
        except OperationalError:
            return _("超过 %(n)d 秒未数完，请缩小查询范围") % {"n": EXACT_COUNT_SECONDS}

    # ---- the filter in words ----

    @cached_property
    def chips(self) -> list[dict[str, str]]:
        """Each filter in force: what it says, and the address without it."""
        return [
            {
                "label": str(each.label),
                "said": each.said(self.values[each.key]),
                "told": each.told(self.values[each.key]),
                "url": self.address(**dict.fromkeys(each.parameters(), None)),
            }
            for each in self.visible_filters()
            if each.key in self.values
        ]

    def in_words(self) -> str:
        """Which rows these are: the tab and the filters, as a sentence that others read."""
        said = [
            _("%(what)s：%(said)s") % {"what": c["label"], "said": c["told"]} for c in self.chips
        ]
        if self.tab:
            said.insert(0, str(self.tab.label))
        return _("；").join(said) or _("全部")

    # ---- for the template ----

    @cached_property
    def token(self) -> str:
        """Sent with what is asked from this page: twice is once."""
        return str(uuid4())

    @property
    def masks(self) -> bool:
        return any(column.mask for column in self.shown_columns)

    def headers(self) -> list[tuple[cells.Column, str]]:
        """Each column with the classes of its cells."""
        return [
            (column, " ".join(filter(None, (column.css, self.layout.css(at)))))
            for at, column in enumerate(self.shown_columns)
        ]

    @property
    def reset_address(self) -> str:
        """All rows of the tab."""
        return f"?tab={self.tab.key}" if self.tab else self.request.path

    def kept_parameters(self) -> list[tuple[str, str]]:
        """What stands in the address beside the filters, and stays when they are asked anew."""
        tab = [("tab", self.tab.key)] if self.tab else []
        return [*tab, ("size", self.data.get("size", ""))]

    def controls(self) -> SafeString:
        today = clock.today()
        return form.fields(each.control(self.data, today) for each in self.visible_filters())

    @property
    def is_filtered(self) -> bool:
        return bool(self.values)

    @property
    def previous_url(self) -> str:
        cursor = self.slice.previous
        return self.address(before=cursor) if cursor else ""

    @property
    def next_url(self) -> str:
        cursor = self.slice.next
        return self.address(after=cursor) if cursor else ""

    def batch_actions(self) -> list[tuple[BulkAction, Decision]]:
        return [(action, action.decide(self.member)) for action in self.actions]

    def sizes(self) -> list[dict[str, Any]]:
        return [{"n": n, "url": self.address(size=n), "on": n == self.size} for n in SIZES]

    def tab_links(self) -> list[dict[str, Any]]:
        return [
            {**entry, "url": self.address(tab=entry["tab"].key), "on": entry["tab"] is self.tab}
            for entry in self.tab_counts
        ]


def _opening(column: cells.Column, css: str) -> str:
    css = f' class="{css}"' if css else ""
    label = f' data-label="{escape(str(column.label))}"' if column.card else ""
    return f"<td{css}{label}>"


def _with_check_box(opening: str, value: Any, cell: cells.Cell) -> tuple[str, Any, Any]:
    box = f'{opening}<input type="checkbox" class="pick" form="batch" name="pick" value="'
    label = escape(_("选择"))

    def inside(both: tuple[Any, Any]) -> str:
        return f'{both[0]}" aria-label="{label}">{cell(both[1])}'

    return box, lambda row: (row[0], value(row)), inside
