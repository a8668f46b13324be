"""What stands beside the rows of a page is asked by a statement that is put together once."""

import pytest
from django.db.models import Count

from core.lists.lookups import by_row
from customers.models import Customer
from tests import factories as f

pytestmark = pytest.mark.django_db


def managed(ids):
    rows = Customer.objects.filter(account_manager__in=ids).order_by()
    return rows.values_list("account_manager").annotate(number=Count("pk"))


def test_the_kept_statement_finds_what_the_queryset_finds_for_any_number_of_ids(cast):
    for manager in (cast.jing, cast.jing, cast.other):
        f.make_customer(manager=manager)
    for ids in ([cast.jing.pk], [cast.jing.pk, cast.other.pk], [cast.zhuguan.pk], []):
        assert by_row(ids, managed, "managed") == dict(managed(ids))


def test_a_statement_is_put_together_once_for_each_key(cast):
    asked = []

    def build(ids):
        asked.append(ids)
        return managed(ids)

    for key in ("a", "a", "b"):
        by_row([cast.jing.pk], build, "once", key)
    assert len(asked) == 2


def test_a_query_that_is_not_narrowed_by_ids_is_refused(cast):
    with pytest.raises(TypeError, match="ids"):
        by_row([1], lambda ids: managed([5]).filter(pk__lt=ids[0]), "below")
