"""Keyset paging: every row once, whatever the ties, forwards and back."""

from datetime import timedelta

import pytest
from django.db.models import Q

from core.lists import paging
from core.lists.filters import BadFilter
from customers.models import Customer
from tests.factories import NOW, make_customer, make_partner

pytestmark = pytest.mark.django_db
ORDER = ("-associated_at", "-pk")
FIELDS = ["pk", "associated_at"]


@pytest.fixture
def rows():
    partner = make_partner()
    for n in range(7):  # pairs share their time
        make_customer(partner=partner, associated_at=NOW - timedelta(days=n // 2))
    return Customer.objects.filter(partner=partner)


def pages(rows, size=3):
    found, after = [], ""
    while True:
        page = paging.slice_of(rows, FIELDS, ORDER, size, after=after)
        found.append(page)
        if not page.next:
            return found
        after = page.next


def test_all_rows_come_once_and_in_order(rows):
    seen = [row[0] for page in pages(rows) for row in page.rows]
    assert seen == list(rows.order_by(*ORDER).values_list("pk", flat=True))


def test_going_back_shows_the_page_before(rows):
    first, second, _ = pages(rows)
    back = paging.slice_of(rows, FIELDS, ORDER, 3, before=second.previous)
    assert back.rows == first.rows and not back.previous and back.next


def test_the_last_page_has_no_next_and_the_first_no_previous(rows):
    first, *_, last = pages(rows)
    assert not first.previous and not last.next and last.previous


def test_keys_that_are_found_first_make_the_same_pages(rows):
    first, second, _ = pages(rows)
    after = paging.slice_of(rows, FIELDS, ORDER, 3, after=first.next, keys_first=True)
    back = paging.slice_of(rows, FIELDS, ORDER, 3, before=second.previous, keys_first=True)
    assert after == second and back.rows == first.rows


BROKEN = ([1, 2, 3], ["2026-01-01T00:00:00", 1], [True, 1], ["a", "b"], [NOW, 2**70])


@pytest.mark.parametrize("cursor", ["x", "%%%", "W10", "\x00", *map(paging.encode, BROKEN)])
def test_a_broken_cursor_is_a_sentence_not_a_crash(rows, cursor):
    with pytest.raises(BadFilter):
        paging.slice_of(rows, FIELDS, ORDER, 3, after=cursor)


def test_counts_stop_at_the_limit(rows):
    nothing = rows.filter(pk__in=[])
    assert paging.capped_counts([rows, rows.none(), nothing], limit=3) == [4, 0, 0]
    assert paging.count_label(1000) == "1000" and paging.count_label(1001) == "1000+"


def test_several_counts_are_one_statement(rows, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert paging.capped_counts([rows, rows.filter(name="x")]) == [7, 0]


CONDITIONS = [Q(name="x"), Q(level=0), None]


def test_all_tabs_are_counted_in_one_look(rows, django_assert_num_queries):
    rows.filter(pk=rows[0].pk).update(name="x")
    with django_assert_num_queries(1):
        assert paging.counts_by_condition(rows, CONDITIONS) == [1, 7, 7]


def test_a_rare_tab_behind_many_rows_is_counted_on_its_own(rows, monkeypatch):
    monkeypatch.setattr(paging, "COUNT_LIMIT", 0)  # so that one look sees five rows
    oldest = rows.order_by("associated_at").first()
    rows.filter(pk=oldest.pk).update(name="x")
    ordered = rows.order_by(*ORDER)
    assert paging.counts_by_condition(ordered, CONDITIONS) == [1, 1, 1]


def test_no_partner_at_all_counts_nothing(rows):
    assert paging.counts_by_condition(rows.filter(pk__in=[]), CONDITIONS) == [0, 0, 0]
