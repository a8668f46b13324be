import pytest
from django.db import connection

from billing.models import Resource
from core import search, tenancy
from core.search import normalized, search_text
from customers.models import Customer
from tests.factories import make_customer, make_resource

pytestmark = pytest.mark.django_db


def found(query):
    return set(search.search(Customer.objects.all(), query).values_list("name", flat=True))


@pytest.fixture
def names(cast):
    for name in ("深圳云帆科技有限公司", "北京银河数据", "云海𠮷物流", "ＡＢＣ贸易"):
        make_customer(partner=cast.reseller, name=name, account_name="acc")
    make_customer(partner=cast.stranger, name="旁人云帆科技")
    with tenancy.tenant(cast.reseller.pk):
        yield cast.reseller


def test_two_characters_find_a_name(names):
    assert found("云帆") == {"深圳云帆科技有限公司"}


def test_one_character_finds_names(names):
    assert found("云") == {"深圳云帆科技有限公司", "云海𠮷物流"}


def test_initials_find_a_name(names):
    assert found("bjyh") == {"北京银河数据"}


def test_full_width_and_case_do_not_matter(names):
    assert found("abc") == found("ＡｂＣ") == {"ＡＢＣ贸易"}


def test_four_byte_characters_are_characters(names):
    assert found("𠮷物") == {"云海𠮷物流"}


def test_the_characters_must_stand_together(names):
    assert found("深圳科技") == set()


def test_wildcards_mean_themselves(names):
    assert found("%%") == found("__") == set()


def test_another_tenants_names_are_never_found(names):
    assert "旁人云帆科技" not in found("云帆")


def test_a_common_word_is_walked_and_gives_the_same_rows(names, monkeypatch):
    rare = found("云帆")
    monkeypatch.setattr(search, "LIMIT", 0)
    assert found("云帆") == rare


def test_rows_are_found_by_the_name_of_their_customer(cast, monkeypatch):
    for name in ("深圳云帆科技有限公司", "北京银河数据"):
        make_resource(customer=make_customer(partner=cast.reseller, name=name))
    make_resource(customer=make_customer(partner=cast.stranger, name="旁人云帆科技"))

    def theirs(query):
        rows = search.search_through(Resource.objects.all(), "customer", query)
        return list(rows.values_list("customer__name", flat=True))

    with tenancy.tenant(cast.reseller.pk):
        assert theirs("云帆") == theirs("云") == ["深圳云帆科技有限公司"]
        monkeypatch.setattr(search, "LIMIT", 0)  # as if it were common
        assert theirs("云帆") == ["深圳云帆科技有限公司"]


def test_a_word_that_many_of_the_newest_names_hold_is_common(names):
    assert search.matching_ids("customers_customer", "科技") is not None
    with tenancy.vendor():
        for n in range(int(search.GLANCE * search.COMMON)):
            make_customer(partner=names, name=f"第{n}号科技")
    assert search.matching_ids("customers_customer", "科技") is None
    assert "深圳云帆科技有限公司" in found("科技")


def test_a_word_with_more_names_than_the_limit_is_common(names, monkeypatch):
    monkeypatch.setattr(search, "LIMIT", 1)
    assert search.matching_ids("customers_customer", "云帆") is not None
    with tenancy.vendor():
        make_customer(partner=names, name="云帆二号")
    assert search.matching_ids("customers_customer", "云帆") is None


def test_nobody_s_search_finds_nothing(names):
    with tenancy.tenant(None):
        assert search.matching_ids("customers_customer", "云帆") == []


def test_a_rare_word_uses_the_index(cast):
    make_customer(partner=cast.reseller)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT id FROM customers_customer"
            " WHERE core_bigrams(search_text) @> core_bigrams('云帆')"
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "customers_customer_bigrams_idx" in plan


def test_search_text_holds_names_and_initials_once():
    assert search_text("深圳云帆", "abc") == "深圳云帆\nabc\nszyf"


def test_normalized_drops_blanks_and_case():
    assert normalized(" Ａ b　云 ") == "ab云"
