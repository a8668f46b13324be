"""What a member has kept for a list, read in one statement with every page of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Subquery
from django.db.models.functions import JSONObject

from core.lists import Layout
from org.models import Member

from .models import Arrangement, SavedView
from .rules import address_of

_ARRANGEMENT = (
    "column_order",
    "hidden_columns",
    "pinned_columns",
    "is_compact",
    "default_view_id",
    "pinned_views",
)


@dataclass(frozen=True)
class View:
    """A saved view as its reader meets it; pinned and default are the reader's own."""

    pk: int
    name: str
    query: str
    is_shared: bool
    member_id: int
    is_mine: bool
    owner: str
    is_pinned: bool
    is_default: bool

    @property
    def address(self) -> str:
        return address_of(self.pk, self.query)


@dataclass(frozen=True)
class Bench:
    layout: Layout
    views: list[View]

    @cached_property
    def default(self) -> View | None:
        return next((view for view in self.views if view.is_default), None)

    @cached_property
    def pinned(self) -> list[View]:
        return [view for view in self.views if view.is_pinned]


def bench_of(member: Member, key: str) -> Bench:
    """The member's columns and density for the list, and the views he may open: his own first."""
    kept = Arrangement.objects.of(member, key).values(
        facts=JSONObject(**{name: name for name in _ARRANGEMENT})
    )
    views = SavedView.objects.visible_to(member).filter(list_key=key).order_by("name", "pk")
    facts = JSONObject(
        pk="pk",
        name="name",
        query="query",
        is_shared="is_shared",
        member="member_id",
        owner="member__user__name",
    )
    me = Member.objects.visible_to(member).filter(pk=member.pk)
    found = me.values_list(Subquery(kept), ArraySubquery(views.values(facts=facts)))
    arrangement, seen = found.first() or (None, [])
    return _bench(member, arrangement or {}, seen)


def _bench(member: Member, kept: Mapping[str, Any], found: list[Mapping[str, Any]]) -> Bench:
    pinned, default = kept.get("pinned_views", ()), kept.get("default_view_id")
    views = [
        View(
            pk=each["pk"],
            name=each["name"],
            query=each["query"],
            is_shared=each["is_shared"],
            member_id=each["member"],
            is_mine=each["member"] == member.pk,
            owner=each["owner"],
            is_pinned=each["pk"] in pinned,
            is_default=each["pk"] == default,
        )
        for each in found
    ]
    layout = Layout(
        order=kept.get("column_order", ()),
        hidden=frozenset(kept.get("hidden_columns", ())),
        pinned=kept.get("pinned_columns", 1),
        is_compact=kept.get("is_compact", False),
    )
    return Bench(layout, sorted(views, key=lambda view: not view.is_mine))
