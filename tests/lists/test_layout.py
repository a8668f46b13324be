"""Columns as a member wants them: a pure function of what is declared and what was kept."""

import pytest

from core.lists import Layout, columns
from core.lists.layout import movable

NAME, *MIDDLE = [columns.Column(key, key) for key in ("name", "a", "b", "c")]
BUTTONS = columns.Actions("actions", "操作")
ALL = [NAME, *MIDDLE, BUTTONS]


def keys(layout: Layout) -> list[str]:
    return [column.key for column in layout.shown(ALL)]


def test_without_wishes_all_columns_stand_as_declared():
    assert keys(Layout()) == ["name", "a", "b", "c", "actions"]


def test_columns_stand_in_the_members_order_without_those_he_hides():
    layout = Layout(order=["c", "a", "b"], hidden=frozenset({"a"}))
    assert keys(layout) == ["name", "c", "b", "actions"]


def test_the_first_column_and_the_buttons_stay_where_they_are():
    layout = Layout(order=["actions", "c", "name", "a", "b"], hidden=frozenset({"name", "actions"}))
    assert keys(layout) == ["name", "c", "a", "b", "actions"]
    assert [column.key for column in movable(ALL)] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("order", "shown"), [(["c", "b"], ["a", "c", "b"]), (["c", "a"], ["c", "a", "b"])]
)
def test_a_column_that_is_new_stands_behind_the_one_it_is_declared_behind(order, shown):
    assert keys(Layout(order=order)) == ["name", *shown, "actions"]


def test_a_column_that_is_gone_is_passed_over():
    layout = Layout(order=["gone", "b", "a", "c"], hidden=frozenset({"gone"}))
    assert keys(layout) == ["name", "b", "a", "c", "actions"]


def test_pinned_columns_are_marked_from_the_left():
    assert [Layout(pinned=2).css(at) for at in range(3)] == ["pin pin-1", "pin pin-2", ""]
    assert Layout(pinned=1).css(0) == ""  # the first one always stays
