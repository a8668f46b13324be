"""本月消费: a row is found by the amount that it shows, whoever looks."""

from datetime import date
from decimal import Decimal

import pytest
import time_machine

from billing import figures
from customers.models import Customer
from customers.services import assign_customer
from tests.factories import NOW, TODAY, make_customer, make_daily, make_service

pytestmark = pytest.mark.django_db
CENT = Decimal("0.01")


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def spent(cast):
    """Customers of jing's, by what is odd about their month, with what jing is shown."""
    plain = make_customer(manager=cast.jing, number="plain")
    make_daily(customer=plain, day=date(2026, 11, 19), cny="120.50", days=2)
    split = make_customer(manager=cast.jing, number="rounded")
    make_daily(customer=split, day=date(2026, 11, 19), cny="10.005")
    rateless = make_customer(manager=cast.jing, number="a day without rate")
    make_daily(customer=rateless, day=date(2026, 11, 18), currency="USD", amount=1, cny=None)
    make_daily(customer=rateless, day=date(2026, 11, 19), currency="USD", amount=1, cny=7)
    unknown = make_customer(manager=cast.jing, number="no rate at all")
    make_daily(customer=unknown, day=date(2026, 11, 19), currency="USD", amount=1, cny=None)
    refund = make_customer(manager=cast.jing, number="refund")
    make_daily(customer=refund, day=date(2026, 11, 19), cny=-30)
    make_daily(customer=refund, day=date(2026, 11, 18), cny=5, service=make_service(name="OBS"))
    make_customer(manager=cast.jing, number="nothing")
    late = make_customer(manager=cast.other, number="assigned lately")
    make_daily(customer=late, day=date(2026, 11, 19), cny=100, days=19)
    assign_customer(late, cast.jing, by=cast.yun, at=NOW.replace(day=15))
    amounts = ("241.00", "10.01", "7.00", "0.00", "-25.00", "0.00", "500.00")
    rows = (plain, split, rateless, unknown, refund, Customer.objects.get(number="nothing"), late)
    return {row.number: (row, Decimal(amount)) for row, amount in zip(rows, amounts, strict=True)}


@pytest.fixture
def found(sign_in):
    def found(member, **limits):
        asked = {f"spent_{name}": str(value) for name, value in limits.items()}
        page = sign_in(member).get("/customers/", asked).content.decode()
        return {int(part.split('"')[0]) for part in page.split('id="row-')[1:]}

    return found


def test_what_a_manager_is_shown(cast, spent):
    shown = figures.month_to_date([row.pk for row, _a in spent.values()], TODAY, member=cast.jing)
    assert {n: shown.get(row.pk, 0) for n, (row, _a) in spent.items()} == {
        number: amount for number, (_row, amount) in spent.items()
    }


@pytest.mark.parametrize("who", ["jing", "zhuguan", "yun"])
def test_a_row_is_found_by_what_it_shows_and_by_no_more_and_no_less(cast, spent, found, who):
    member = getattr(cast, who)
    ids = [row.pk for row, _amount in spent.values()]
    shown = figures.month_to_date(ids, TODAY, member=member)
    wanted = {pk: shown.get(pk, Decimal(0)) for pk in ids}
    for limit in sorted({step for a in wanted.values() for step in (a - CENT, a, a + CENT)}):
        assert found(member, min=limit) == {pk for pk in ids if wanted[pk] >= limit}, limit
        assert found(member, max=limit) == {pk for pk in ids if wanted[pk] <= limit}, limit


@pytest.mark.parametrize("who", ["jing", "zhuguan", "yun"])
def test_a_day_without_rate_hides_none_of_the_others(cast, spent, who):
    row, amount = spent["a day without rate"]
    member = getattr(cast, who)
    assert figures.month_to_date([row.pk], TODAY, member=member) == {row.pk: amount}


def test_only_the_main_account_is_shown_what_came_before_the_assignment(cast, spent):
    late, _amount = spent["assigned lately"]
    assert figures.month_to_date([late.pk], TODAY, member=cast.yun) == {late.pk: 1900}
