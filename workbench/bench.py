"""What a member has kept for a list, read in one statement with every page of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db import connection

from core.lists import Layout
from org.models import Member

from .rules import address_of


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


# By hand: it is part of every list, and the ORM takes five times as long to write it as the
# database to answer it. tests/workbench/test_bench.py holds it against the querysets.
_SQL = """
SELECT
    (SELECT row_to_json(a) FROM workbench_arrangement a
     WHERE a.partner_id = %(partner)s AND a.member_id = %(member)s AND a.list_key = %(key)s),
    ARRAY(
        SELECT json_build_object('pk', v.id, 'name', v.name, 'query', v.query,
            'is_shared', v.is_shared, 'member', v.member_id, 'owner', u.name)
        FROM workbench_savedview v
        JOIN org_member m ON m.id = v.member_id JOIN org_user u ON u.id = m.user_id
        WHERE v.partner_id = %(partner)s AND v.list_key = %(key)s
            AND (v.member_id = %(member)s OR v.is_shared)
        ORDER BY v.name, v.id
    )
"""


def bench_of(member: Member, key: str) -> Bench:
    """The member's columns and density for the list, and the views he may open: his own first."""
    values: dict[str, Any] = {
        "partner": member.partner_id,
        "member": member.pk,
        "key": key,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SQL, values)
        arrangement, seen = cursor.fetchone()
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
