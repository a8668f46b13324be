"""消费: what a member sees of a customer's consumption."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from billing import figures
from billing.models import DailyConsumption, MonthlyConsumption
from core.clock import BEIJING, start_of
from customers.models import Assignment, Customer
from tests.billing.focus_files import charge, deliver, focus_csv, owned_by
from tests.conftest import Cast
from tests.factories import (
    NOW,
    TODAY,
    make_assignment,
    make_complete,
    make_customer,
    make_daily,
    make_rate,
    make_service,
)

pytestmark = [pytest.mark.django_db, pytest.mark.contexts]


@pytest.fixture(autouse=True)
def _now() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def open_page(client: Any, sign_in: Any) -> Any:
    def open_page(who: Any, customer: Customer, query: str = "", **headers: str) -> Any:
        sign_in(who)
        return client.get(f"/billing/customers/{customer.pk}/{query}", headers=headers)

    return open_page


@pytest.fixture
def customer(cast: Cast) -> Customer:
    """jing's customer for 400 days, with 100 CNY on each of the last 40 days."""
    customer = make_customer(manager=cast.jing)
    make_daily(customer=customer, day=TODAY - timedelta(days=1), days=40)
    make_complete(day=TODAY - timedelta(days=1))
    return customer


# ---- who sees it ----


@pytest.mark.parametrize("who", ["yun", "jing", "zhuguan", "cai"])
def test_whoever_works_with_the_customer_sees_the_figures(
    cast: Cast, customer: Customer, open_page: Any, who: str
) -> None:
    response = open_page(getattr(cast, who), customer)
    assert response.status_code == 200
    assert "3,000.00" in response.content.decode()


@pytest.mark.parametrize("who", ["other", "zong", "pang"])
def test_whoever_does_not_gets_404(
    cast: Cast, customer: Customer, open_page: Any, who: str
) -> None:
    assert open_page(getattr(cast, who), customer).status_code == 404


def test_vendor_staff_act_for_no_partner(cast: Cast, customer: Customer, open_page: Any) -> None:
    assert open_page(cast.yunying, customer).status_code == 302


# ---- what it says ----


def test_the_period_ends_at_the_last_complete_day(
    cast: Cast, customer: Customer, open_page: Any
) -> None:
    page = open_page(cast.yun, customer)
    assert "数据截至 2026-11-19" in page.content.decode()
    shown = page.context["figures"]
    assert (shown.first_day, shown.last_day) == (date(2026, 10, 21), date(2026, 11, 19))
    assert shown.total.cny == 3000


def test_ninety_days_may_be_asked_for(cast: Cast, customer: Customer, open_page: Any) -> None:
    shown = open_page(cast.yun, customer, "?days=90").context["figures"]
    assert len(shown.days) == 90 and shown.total.cny == 4000


def test_an_unknown_range_is_the_usual_one(cast: Cast, customer: Customer, open_page: Any) -> None:
    assert len(open_page(cast.yun, customer, "?days=9999").context["figures"].days) == 30


def test_a_fragment_is_the_tab_alone(cast: Cast, customer: Customer, open_page: Any) -> None:
    fragment = open_page(cast.yun, customer, **{"HX-Request": "true"}).content.decode()
    assert fragment.lstrip().startswith('<div id="consumption"')
    assert fragment.count("<html") == 0


def test_a_customer_without_consumption_is_told_what_will_come(cast: Cast, open_page: Any) -> None:
    page = open_page(cast.yun, make_customer(partner=cast.reseller))
    assert "该客户还没有消费" in page.content.decode()


def test_services_are_shown_largest_first(cast: Cast, customer: Customer) -> None:
    make_daily(
        customer=customer, day=TODAY - timedelta(days=2), cny=9000, service=make_service(name="OBS")
    )
    shown = look(cast.yun, customer)
    assert [(each.label, each.cny) for each in shown.services] == [
        ("OBS", 9000),
        ("弹性云服务器", 3000),
    ]


def test_eighteen_months_are_shown_and_no_more(cast: Cast) -> None:
    customer = make_customer(partner=cast.reseller, associated_at=start_of(date(2024, 1, 1)))
    owned_by(customer)
    days = ["2025-05-31", "2025-06-01", "2026-11-01"]
    deliver(focus_csv(*(charge(day=day, BillingCurrency="CNY", BilledCost="2") for day in days)))
    months = look(cast.yun, customer).months
    assert len(months) == 18
    assert [(m.label, m.cny) for m in months if m.cny] == [
        (date(2026, 11, 1), 2),
        (date(2025, 6, 1), 2),
    ]


def test_months_begin_with_the_first_that_has_figures(cast: Cast) -> None:
    customer = make_customer(partner=cast.reseller, associated_at=start_of(date(2026, 8, 3)))
    owned_by(customer)
    days = ["2026-09-01", "2026-11-01"]
    deliver(focus_csv(*(charge(day=day, BillingCurrency="CNY", BilledCost="2") for day in days)))
    assert [m.label.month for m in look(cast.yun, customer).months] == [11, 10, 9]


def test_a_customer_who_stopped_long_ago_is_shown_as_of_then(cast: Cast) -> None:
    customer = make_customer(partner=cast.reseller, associated_at=start_of(date(2024, 1, 1)))
    owned_by(customer)
    deliver(focus_csv(charge(day="2024-09-18", BillingCurrency="CNY", BilledCost="2")))
    shown = look(cast.yun, customer)
    assert shown.last_day == date(2024, 9, 18) and shown.total.cny == 2
    assert (shown.months[0].label, shown.months[0].cny) == (date(2024, 9, 1), 2)


def look(member: Any, customer: Customer, days: int = 30) -> figures.CustomerFigures:
    found = figures.of_customer(customer.pk, member=member, today=TODAY, days=days)
    assert found
    return found


# ---- currencies ----


def test_other_currencies_are_converted_or_shown_apart(cast: Cast, open_page: Any) -> None:
    customer = make_customer(partner=cast.reseller)
    owned_by(customer)
    make_rate(currency="USD", rate="7")
    lines = [
        charge(day="2026-11-10", BilledCost="10"),
        charge(day="2026-11-10", BilledCost="1", BillingCurrency="CNY"),
        charge(day="2026-11-11", BilledCost="2.5", BillingCurrency="EUR"),
    ]
    deliver(focus_csv(*lines))
    page = open_page(cast.yun, customer)
    total = page.context["figures"].total
    assert (total.cny, total.originals, total.without_rate) == (71, ["USD 10"], ["EUR 2.5"])
    assert "无汇率" in page.content.decode() and "EUR 2.5" in page.content.decode()


# ---- a manager counts from the assignment on ----


def test_a_manager_sees_figures_from_the_day_of_assignment_only(
    cast: Cast, customer: Customer
) -> None:
    reassign(customer, cast.jing, datetime(2026, 11, 10, 18, tzinfo=BEIJING))
    shown = look(cast.jing, customer)
    assert shown.total.cny == 1000
    assert {m.label: m.cny for m in shown.months if m.cny} == {date(2026, 11, 1): 1000}
    assert look(cast.yun, customer).total.cny == look(cast.zhuguan, customer).total.cny == 3000


def test_a_manager_sees_nothing_after_the_customer_was_taken_back(
    cast: Cast, customer: Customer, open_page: Any
) -> None:
    Assignment.objects.update(ended_at=NOW)
    Customer.objects.update(account_manager=None)
    assert open_page(cast.jing, customer).status_code == 404
    assert not DailyConsumption.objects.visible_to(cast.jing).exists()


def test_a_manager_sees_whole_months_of_monthly_figures(cast: Cast) -> None:
    customer = make_customer(partner=cast.reseller)
    owned_by(customer)
    deliver(focus_csv(charge(day="2026-10-20"), charge(day="2026-11-10")))
    reassign(customer, cast.jing, datetime(2026, 10, 15, 18, tzinfo=BEIJING))
    months = MonthlyConsumption.objects.visible_to(cast.jing)
    assert [row.month for row in months] == [date(2026, 11, 1)]


def reassign(customer: Customer, manager: Any, at: datetime) -> None:
    customer.assignments.current().update(ended_at=at)
    customer.account_manager = manager
    customer.save()
    make_assignment(customer=customer, manager=manager, started_at=at)


# ---- 本月消费 ----


def test_this_month_is_summed_for_many_customers_in_one_statement(
    cast: Cast, customer: Customer, django_assert_num_queries: Any
) -> None:
    other = make_customer(partner=cast.reseller)
    make_daily(customer=other, day=TODAY, cny="0.5")
    nobody = make_customer(partner=cast.reseller)
    with django_assert_num_queries(1):
        spent = figures.month_to_date([customer.pk, other.pk, nobody.pk], TODAY, member=cast.yun)
    assert spent == {customer.pk: Decimal(1900), other.pk: Decimal("0.5")}


def test_this_month_of_a_manager_begins_with_the_assignment(cast: Cast, customer: Customer) -> None:
    reassign(customer, cast.jing, datetime(2026, 11, 10, 18, tzinfo=BEIJING))
    assert figures.month_to_date([customer.pk], TODAY, member=cast.jing) == {customer.pk: 1000}
    assert figures.month_to_date([customer.pk], TODAY, member=cast.yun) == {customer.pk: 1900}


@pytest.mark.parametrize("who", ["yun", "jing"])
def test_the_page_takes_few_statements(
    cast: Cast,
    customer: Customer,
    open_page: Any,
    client: Any,
    who: str,
    django_assert_max_num_queries: Any,
) -> None:
    open_page(getattr(cast, who), customer)
    with django_assert_max_num_queries(16):  # twelve, and four that nest in the test
        client.get(f"/billing/customers/{customer.pk}/")
