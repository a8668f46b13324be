"""Daily and monthly figures follow the charge lines, whatever happens to them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activity.models import Activity
from billing.models import DailyConsumption, ExchangeRate, MonthlyConsumption
from billing.services.figures import _IN_CNY, rebuild_figures
from billing.services.rates import set_exchange_rate
from core.clock import BEIJING, start_of
from core.refusals import Refused
from customers.models import Customer
from tests.billing.focus_files import charge, deliver, focus_csv, owned_by
from tests.factories import NOW, make_customer, make_daily, make_rate

pytestmark = pytest.mark.django_db
OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)


@pytest.fixture
def customer(db: Any) -> Customer:
    """A customer with the sub-account of `charge()`, for more than a year."""
    customer = make_customer()
    owned_by(customer)
    return customer


def daily(**condition: Any) -> list[tuple[Any, ...]]:
    rows = DailyConsumption.objects.filter(**condition).order_by("day", "service", "currency")
    return list(rows.values_list("day", "amount", "amount_cny"))


def monthly(**condition: Any) -> list[tuple[Any, ...]]:
    rows = MonthlyConsumption.objects.filter(**condition).order_by("month", "service", "currency")
    return list(rows.values_list("month", "amount", "amount_cny"))


def everything() -> tuple[list[Any], list[Any]]:
    days = DailyConsumption.objects.values_list().order_by("customer", "day", "service", "currency")
    months = MonthlyConsumption.objects.values_list()
    return list(days), list(months.order_by("customer", "month", "service", "currency"))


# ---- by day, service, currency ----


def test_charges_add_up_by_day_service_and_currency(customer: Customer) -> None:
    lines = [
        charge(day="2026-10-05", BilledCost="1.000000000000000001"),
        charge(day="2026-10-05", BilledCost="2"),
        charge(day="2026-10-05", BilledCost="5", ServiceName="S3"),
        charge(day="2026-10-05", BilledCost="7", BillingCurrency="EUR"),
        charge(day="2026-10-06", BilledCost="-1", ChargeCategory="Credit"),
    ]
    deliver(focus_csv(*lines))
    fifth = daily(customer=customer, day=date(2026, 10, 5), service__name="EC2", currency="USD")
    assert fifth == [(date(2026, 10, 5), Decimal("3.000000000000000001"), None)]
    assert DailyConsumption.objects.count() == 4
    assert monthly(service__name="EC2", currency="USD") == [
        (OCTOBER, Decimal("2.000000000000000001"), None)
    ]


def test_several_sub_accounts_of_a_customer_add_up(customer: Customer) -> None:
    owned_by(customer, "B")
    deliver(focus_csv(charge(BilledCost="1"), charge(BilledCost="2", SubAccountId="B")))
    assert [amount for _day, amount, _cny in daily()] == [3]


def test_beijing_midnight_and_the_end_of_a_month_part_the_days(customer: Customer) -> None:
    ends = {"ChargePeriodEnd": "2026-11-01 00:00:00"}
    before = charge(ChargePeriodStart="2026-10-31 15:59:59", BilledCost="1", **ends)
    after = charge(ChargePeriodStart="2026-10-31 16:00:00", BilledCost="2", **ends)
    deliver(focus_csv(before, after))
    assert [row[:2] for row in daily()] == [(date(2026, 10, 31), 1), (date(2026, 11, 1), 2)]
    assert [row[:2] for row in monthly()] == [(OCTOBER, 1), (NOVEMBER, 2)]


def test_a_correction_changes_the_days_it_left_and_the_days_it_fills(customer: Customer) -> None:
    deliver(focus_csv(charge(day="2026-10-05"), charge(day="2026-10-31")), "bill.csv")
    deliver(focus_csv(charge(day="2026-10-05"), charge(day="2026-11-02")), "bill.csv")
    assert [day for day, _amount, _cny in daily()] == [date(2026, 10, 5), date(2026, 11, 2)]
    assert [row[:2] for row in monthly()] == [(OCTOBER, Decimal("1.5")), (NOVEMBER, Decimal("1.5"))]


def test_lines_of_nobody_are_kept_and_make_no_figures() -> None:
    deliver(focus_csv(charge()))
    assert daily() == [] and monthly() == []


# ---- associations ----


def leave(customer: Customer, at: datetime) -> None:
    customer.mark_disassociated(at=at)


def test_a_charge_counts_for_the_association_that_covers_its_day() -> None:
    former = make_customer(associated_at=start_of(date(2026, 9, 1)))
    leave(former, start_of(date(2026, 10, 10)) + timedelta(hours=9))
    later = make_customer(
        number=former.number, associated_at=start_of(date(2026, 10, 12)) + timedelta(hours=9)
    )
    days = ["2026-08-31", "2026-09-01", "2026-10-10", "2026-10-11", "2026-10-12", "2026-10-20"]
    deliver(focus_csv(*(charge(day=day) for day in days)))
    owned_by(later)
    assert [str(day) for day, *_rest in daily(customer=former)] == ["2026-09-01", "2026-10-10"]
    assert [str(day) for day, *_rest in daily(customer=later)] == ["2026-10-12", "2026-10-20"]
    assert {row.partner_id for row in DailyConsumption.objects.filter(customer=later)} == {
        later.partner_id
    }


def test_a_day_of_change_belongs_to_the_partner_who_came() -> None:
    noon = datetime(2026, 10, 10, 12, tzinfo=BEIJING)
    former = make_customer(associated_at=start_of(date(2026, 9, 1)))
    leave(former, noon)
    later = make_customer(number=former.number, associated_at=noon)
    deliver(focus_csv(charge(day="2026-10-09"), charge(day="2026-10-10")))
    owned_by(later)
    assert [str(row[0]) for row in daily(customer=former)] == ["2026-10-09"]
    assert [str(row[0]) for row in daily(customer=later)] == ["2026-10-10"]


# ---- rates ----


def test_cny_needs_no_rate(customer: Customer) -> None:
    deliver(focus_csv(charge(BillingCurrency="CNY", BilledCost="2.123456789")))
    assert daily() == [(date(2026, 10, 5), Decimal("2.123456789"), Decimal("2.12345679"))]
    assert monthly() == [(OCTOBER, Decimal("2.123456789"), Decimal("2.12345679"))]


@pytest.mark.parametrize("day", [date.min, date.max])
def test_a_rate_does_not_begin_at_an_end_of_the_calendar(db: Any, day: date) -> None:
    with pytest.raises(Refused, match="“生效日期”须在"):
        set_exchange_rate("USD", Decimal(7), valid_from=day, by=None, at=NOW)


def test_the_rate_in_force_on_the_day_counts(customer: Customer) -> None:
    make_rate(rate="7.1", valid_from=date(2026, 10, 1))
    make_rate(rate="7.2", valid_from=date(2026, 10, 6))
    days = ["2026-09-30", "2026-10-05", "2026-10-06"]
    deliver(focus_csv(*(charge(day=day, BilledCost="10") for day in days)))
    assert [cny for _day, _amount, cny in daily()] == [None, 71, 72]


@pytest.mark.parametrize(
    ("amount", "cny"),
    [
        ("0.000000005", "0.00000000"),
        ("0.000000015", "0.00000002"),
        ("0.000000025", "0.00000002"),
        ("-0.000000015", "-0.00000002"),
        ("0.0000000050000001", "0.00000001"),
        ("1.23456789", "1.23456789"),
    ],
)
def test_conversion_rounds_half_to_even(customer: Customer, amount: str, cny: str) -> None:
    deliver(focus_csv(charge(BillingCurrency="CNY", BilledCost=amount)))
    assert daily()[0][2] == Decimal(cny)


@given(
    amount=st.decimals(min_value=-10_000, max_value=10_000, places=12),
    rate=st.decimals(min_value="0.00000001", max_value=1_000, places=8),
)
def test_sql_rounds_like_the_decimal_module(amount: Decimal, rate: Decimal) -> None:
    with connection.cursor() as cursor:
        expression = _IN_CNY.format(amount="%(amount)s::numeric", rate="%(rate)s::numeric")
        cursor.execute(f"SELECT {expression}", {"amount": amount, "rate": rate})
        assert cursor.fetchone()[0] == (amount * rate).quantize(Decimal("1e-8"), "ROUND_HALF_EVEN")


def test_setting_a_rate_converts_its_days_again_and_is_recorded(customer: Customer) -> None:
    days = ["2026-10-04", "2026-10-05", "2026-10-07"]
    deliver(focus_csv(*(charge(day=day, BilledCost="10") for day in days)))
    make_rate(rate="8", valid_from=date(2026, 10, 7))
    _row, changed = set_rate("7", date(2026, 10, 5))
    assert changed == 1  # the seventh has its own rate and waits for nothing
    assert [cny for _day, _amount, cny in daily()] == [None, 70, None]
    entry = Activity.objects.get(verb="exchange_rate.set")
    assert entry.after == {"currency": "USD", "rate": "7", "from": "2026-10-05"}


def test_a_month_with_a_day_without_rate_has_no_cny_sum(customer: Customer) -> None:
    deliver(focus_csv(charge(day="2026-10-04"), charge(day="2026-10-05", BilledCost="10")))
    set_rate("7", date(2026, 10, 5))
    assert monthly() == [(OCTOBER, Decimal("11.5"), None)]
    set_rate("6", date(2026, 10, 1))
    assert monthly() == [(OCTOBER, Decimal("11.5"), Decimal(79))]


def test_changing_a_rate_keeps_the_former_one_in_the_log(customer: Customer) -> None:
    deliver(focus_csv(charge(BilledCost="10")))
    set_rate("7", OCTOBER), set_rate("7.5", OCTOBER)
    assert ExchangeRate.objects.count() == 1 and daily()[0][2] == 75
    assert Activity.objects.filter(verb="exchange_rate.set").latest("pk").before == {
        "rate": "7.00000000"
    }


@pytest.mark.parametrize(
    ("currency", "rate"),
    [
        ("CNY", "1"),
        ("US", "7"),
        ("USD", "0"),
        ("USD", "-1"),
        ("USD", "NaN"),
        ("USD", "0.000000001"),
    ],
)
def test_a_rate_that_makes_no_sense_is_refused(currency: str, rate: str) -> None:
    with pytest.raises(Refused):
        set_exchange_rate(currency, Decimal(rate), valid_from=OCTOBER, by=None, at=NOW)


def set_rate(rate: str, valid_from: date) -> Any:
    return set_exchange_rate("USD", Decimal(rate), valid_from=valid_from, by=None, at=NOW)


# ---- rebuilt from nothing ----


def test_rebuilding_repairs_what_somebody_changed_by_hand(customer: Customer) -> None:
    deliver(focus_csv(charge(), charge(day="2026-11-02")))
    good = everything()
    DailyConsumption.objects.filter(day__lt=NOVEMBER).update(amount=9)
    MonthlyConsumption.objects.filter(month=OCTOBER).delete()
    rebuild_figures(OCTOBER, date(2026, 11, 30), by=None, at=NOW)
    assert everything() == good


def test_rebuilding_leaves_customers_without_sub_accounts_alone(customer: Customer) -> None:
    make_daily(customer=make_customer(), day=date(2026, 10, 5))
    before = everything()
    rebuild_figures(OCTOBER, date(2026, 10, 31), by=None, at=NOW)
    assert everything() == before


LINES = st.lists(
    st.builds(
        lambda day, hour, cost, account, service, currency, number: charge(
            ChargePeriodStart=f"2026-{day} {hour:02}:30:00",
            ChargePeriodEnd="2026-12-01 00:00:00",
            BilledCost=str(cost),
            SubAccountId=account,
            ServiceName=service,
            BillingCurrency=currency,
            Id=number,
        ),
        st.sampled_from(["09-30", "10-01", "10-31", "11-01"]),
        st.integers(0, 23),
        st.decimals(min_value=-99, max_value=99, places=5),
        st.sampled_from(["A", "B", "C"]),
        st.sampled_from(["EC2", "S3"]),
        st.sampled_from(["USD", "EUR", "CNY"]),
        st.sampled_from(["NULL", "1", "2", "3"]),
    ),
    min_size=1,
    max_size=6,
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("deliver"), st.sampled_from(["x.csv", "y.csv"]), LINES),
        st.tuples(st.just("map"), st.sampled_from("ABC"), st.sampled_from(["first", "second"])),
        st.tuples(st.just("rate"), st.sampled_from(["USD", "EUR"]), st.sampled_from([1, 31])),
    ),
    min_size=1,
    max_size=6,
)


@contextmanager
def forgotten() -> Iterator[None]:
    """What happens inside is rolled back: each example starts from nothing."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.mark.slow
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS)
def test_step_by_step_and_all_at_once_give_the_same_figures(db: Any, steps: list[Any]) -> None:
    with forgotten():
        for number in ("first", "second"):
            make_customer(number=number, associated_at=start_of(OCTOBER))
        for step in steps:
            take(*step)
        step_by_step = everything()
        rebuild_figures(date(2026, 1, 1), date(2026, 12, 31), by=None, at=NOW)
        assert everything() == step_by_step


def take(verb: str, one: str, other: Any) -> None:
    if verb == "deliver":
        deliver(focus_csv(*other), one)
    elif verb == "map":
        owned_by(Customer.objects.get(number=other), one)
    else:
        since = date(2026, 10, other)
        set_exchange_rate(one, Decimal("7.12345678"), valid_from=since, by=None, at=NOW)
