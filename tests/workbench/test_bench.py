"""The statement of every list, written by hand, says what the querysets say."""

import pytest

from tests.factories import make_view
from workbench.bench import bench_of
from workbench.models import Arrangement, SavedView
from workbench.services import arrange_columns

pytestmark = pytest.mark.django_db


def test_it_finds_the_views_that_the_querysets_find(cast):
    make_view(member=cast.jing)
    for member in (cast.jing, cast.other, cast.pang):
        make_view(member=member, is_shared=True)
        make_view(member=member, list_key="alerts", is_shared=True)
    make_view(member=cast.other)

    found = bench_of(cast.jing, "customers").views

    seen = SavedView.objects.visible_to(cast.jing).filter(list_key="customers")
    assert {view.pk for view in found} == set(seen.values_list("pk", flat=True))
    assert [view.is_mine for view in found] == [True, True, False]
    assert found[-1].owner == cast.other.user.name


def test_it_finds_the_members_own_arrangement(cast):
    for member, pinned in ((cast.jing, 2), (cast.other, 3)):
        arrange_columns("customers", order=["level"], hidden=["phone"], pinned=pinned, by=member)
    layout = bench_of(cast.jing, "customers").layout
    (kept,) = Arrangement.objects.of(cast.jing, "customers")
    assert (list(layout.order), layout.hidden) == (kept.column_order, frozenset({"phone"}))
    assert (layout.pinned, layout.is_compact) == (2, False)


def test_a_member_who_kept_nothing_has_the_list_as_declared(cast):
    bench = bench_of(cast.jing, "customers")
    assert (bench.views, bench.layout.order, bench.layout.pinned) == ([], (), 1)
