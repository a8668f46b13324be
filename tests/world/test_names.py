"""Names of the made-up world: believable, spelled as search spells them, nobody's."""

from random import Random

import pytest

from core.search import initials, normalized, search_text
from partnercenter.world import names


def drawn(make, count: int = 3_000) -> list[names.Name]:
    rng = Random(5)
    return [make(rng) for _ in range(count)]


@pytest.mark.parametrize("make", [names.company, names.partner, names.person])
def test_the_initials_of_the_parts_are_those_that_search_would_find(make):
    for name in drawn(make):
        assert name.initials == initials(normalized(name.text)), name.text


def test_no_reading_depends_on_the_neighbouring_character():
    starts, ends = names._brands()
    surnames, given = names._people()
    for firsts, seconds in ((starts, ends), (ends, ends), (surnames, given), (given, given)):
        for first in firsts:
            for second in seconds:
                together = first[0] + second[0]
                assert initials(together) == first[1] + second[1], together


def test_company_names_rarely_repeat():
    assert len({name.text for name in drawn(names.company, 10_000)}) > 9_900


def test_a_company_is_a_limited_one_of_a_place_that_its_code_names():
    for name in drawn(names.company, 500):
        assert name.text.endswith("公司")
        assert len(name.region) == 6 and name.region.isdigit()


def test_search_text_of_a_company_equals_what_a_customer_would_get():
    from partnercenter.world.customers import _search_text

    for name in drawn(names.company, 1_000):
        account = f"{name.latin}1234"
        assert _search_text(name, account, is_named=True) == search_text(name.text, account)


def test_search_text_of_an_unnamed_account_is_made_of_the_account_name():
    from partnercenter.world.customers import _search_text

    name = drawn(names.company, 1)[0]
    assert _search_text(name, "ab12", is_named=False) == search_text("ab12", "ab12")
