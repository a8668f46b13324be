"""A list that remembers how each member works with it (docs/mechanisms/lists.md)."""

from collections.abc import Iterable
from functools import cached_property
from html import escape
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from core.access import Decision
from core.htmx import wants_part
from core.lists import Layout, List
from core.lists.layout import movable

from . import views
from .bench import Bench, View, bench_of
from .rules import MOST_PINNED_COLUMNS, NAME_LENGTH
from .services import decide_change, decide_share

ALL = "0"  # `view` of an address that goes by no name: all rows, whatever the default is


class WorkList(List):
    """Views, columns and density, kept per member; the address stays the whole state.

    `view` in the address says by which name the state goes; it narrows nothing by itself.
    """

    name_length = NAME_LENGTH
    pinned_choices = range(1, MOST_PINNED_COLUMNS + 1)

    @cached_property
    def bench(self) -> Bench:
        return bench_of(self.member, self.key)

    def respond(self) -> HttpResponse:
        """As every list; a POST may also keep a view or the columns, and a bare address opens
        the default view."""
        posted = self.request.POST
        if "reveal" not in posted and (act := views.ACTS.get(posted.get("act", ""))):
            return act(self)
        if self._is_bare() and (default := self.bench.default):
            return redirect(self.request.path + default.address)
        return super().respond()

    def _is_bare(self) -> bool:
        is_page = self.request.method == "GET" and not wants_part(self.request)
        return is_page and not self.data and self.keeps_views

    @property
    def panels(self) -> tuple[str, ...]:
        return (*super().panels, "columns", *(["save_view"] if self.keeps_views else []))

    # ---- columns and density ----

    @cached_property
    def layout(self) -> Layout:
        return self.bench.layout

    def movable_columns(self) -> list[str]:
        return [column.key for column in movable(self.visible_columns())]

    def column_items(self) -> SafeString:
        """Each column that may be moved, in order, with its box and its buttons.

        Made as cells are: a dozen of them took a template a fifth of the page.
        """
        arranged, hidden = self.layout.arranged(self.visible_columns()), self.layout.hidden
        moves = [("up", _("上移 %(label)s"), "↑"), ("down", _("下移 %(label)s"), "↓")]
        items = [_item(c.key, escape(str(c.label)), c.key in hidden, moves) for c in arranged]
        return mark_safe("".join(items))  # noqa: S308  (labels are escaped, keys are our own)

    # ---- views ----

    @property
    def keeps_views(self) -> bool:
        """Without filters there is nothing to come back to."""
        return bool(self.filters)

    @cached_property
    def view(self) -> View | None:
        """By which name the address goes."""
        wanted = self.data.get("view", "")
        return next((view for view in self.bench.views if str(view.pk) == wanted), None)

    @cached_property
    def parameters(self) -> list[str]:
        """What a view keeps of the address."""
        asked = [name for each in self.visible_filters() for name in each.parameters()]
        return [*(["tab"] if self.tabs else []), *asked, "size"]

    @property
    def query(self) -> str:
        """The state of the list as a view keeps it."""
        state = {name: [*filter(None, self.data.getlist(name))] for name in self.parameters}
        if self.tab:
            state["tab"] = [self.tab.key]
        return urlencode(state, doseq=True)

    @property
    def is_changed(self) -> bool:
        """Whether the address asks for something else than the view that it goes by."""
        kept = self.view.query if self.view else self.query
        return sorted(parse_qsl(kept)) != sorted(parse_qsl(self.query))

    @cached_property
    def unknown(self) -> list[str]:
        """Conditions of the view that the list has no longer, or not for this member."""
        kept = parse_qsl(self.view.query) if self.view else []
        return [name for name, _v in kept if name not in self.parameters and self.data.get(name)]

    @property
    def share_decision(self) -> Decision:
        return decide_share(self.member)

    @property
    def change_decision(self) -> Decision:
        return decide_change(self.view, self.member) if self.view else Decision(False)

    # ---- the address says it all ----

    @cached_property
    def values(self) -> dict[str, Any]:
        found = super().values
        if self.unknown:
            # To pass over one would show more than the view was made for.
            self.errors.append(
                _("视图“%(name)s”中有已不可用的条件，请移除该条件或更新视图。")
                % {"name": self.view.name if self.view else ""}
            )
        return found

    @property
    def known_address(self) -> str:
        return self.address(**dict.fromkeys(self.unknown))

    def kept_parameters(self) -> list[tuple[str, str]]:
        return [*super().kept_parameters(), ("view", self.data.get("view", ""))]

    @property
    def all_address(self) -> str:
        return f"?view={ALL}"

    @property
    def reset_address(self) -> str:
        return super().reset_address if self.tab else self.all_address


def _item(key: str, label: str, is_hidden: bool, moves: Iterable[tuple[str, str, str]]) -> str:
    buttons = [
        f'<button type="submit" class="btn-action pc-move" id="{way}-{key}" name="{way}"'
        f' value="{key}" aria-label="{words % {"label": label}}">{arrow}</button>'
        for way, words, arrow in moves
    ]
    return (
        f'<li><input type="hidden" name="order" value="{key}"><label>'
        f'<input class="form-check-input" type="checkbox" id="col-{key}" name="shown"'
        f' value="{key}"{"" if is_hidden else " checked"}>{label}</label>{"".join(buttons)}</li>'
    )
