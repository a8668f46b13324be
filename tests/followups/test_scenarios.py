"""The shipped parameters at their edges: exactly half, exactly ten yuan, exactly so many days."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from followups.generation import generate
from followups.models import Alert, Rule
from tests.factories import (
    NOW,
    TODAY,
    make_complete,
    make_customer,
    make_daily,
    make_handling,
    make_resource,
    make_service,
)

pytestmark = pytest.mark.django_db


def day(back: int) -> date:
    return TODAY - timedelta(days=back)


@pytest.fixture(autouse=True)
def _complete(db):
    make_complete(day=day(1))


def raised(scenario: str, on: date = TODAY) -> list[Alert]:
    make_complete(day=on - timedelta(days=1))
    generate(on, rules=list(Rule.objects.filter(scenario=scenario, version=1)), at=NOW)
    return list(Alert.objects.filter(scenario=scenario))


def spends(customer, *, recent, before, recent_days=7, base_days=30):
    make_daily(customer=customer, day=day(1), days=recent_days, cny=recent)
    make_daily(customer=customer, day=day(1 + recent_days), days=base_days, cny=before)


# ---- 消费大幅下降 ----


@pytest.mark.parametrize(
    ("recent", "before", "hit"),
    [
        ("10", "20", True),  # exactly half
        ("10.01", "20", False),
        ("5", "10", True),  # exactly ¥10 a day
        ("5", "9.99", False),
        ("0", "10", True),
        ("-3", "10", True),  # refunds
    ],
)
def test_spending_that_fell_to_half_is_a_drop(recent, before, hit):
    spends(make_customer(), recent=recent, before=before)
    assert bool(raised("spending_drop")) is hit


def test_days_without_figures_count_as_nothing():
    customer = make_customer()
    make_daily(customer=customer, day=day(8), days=15, cny=20)  # ¥10 a day over thirty days
    assert raised("spending_drop")[0].facts["base_daily"] == "10.00"


def test_todays_figures_do_not_count():
    customer = make_customer()
    spends(customer, recent=0, before=10)
    make_daily(customer=customer, day=TODAY, cny=1000)
    assert raised("spending_drop")[0].facts["recent_daily"] == "0.00"


def test_services_and_currencies_are_added_up():
    customer = make_customer()
    spends(customer, recent="2.5", before=10)
    for number, currency in enumerate(["CNY", "USD"]):
        service = make_service(name=f"另一服务{number}")
        make_daily(customer=customer, day=day(1), days=7, cny="1.3", service=service,
                   currency=currency)  # fmt: skip
    assert not raised("spending_drop")


def test_figures_without_a_rate_count_nothing_and_are_mentioned():
    customer = make_customer()
    spends(customer, recent=2, before=10)
    make_daily(customer=customer, day=day(1), cny=None, amount=500, currency="USD")
    assert raised("spending_drop")[0].facts["unpriced"] == 1


def test_a_customer_who_joined_in_the_middle_is_measured_by_the_whole_window():
    customer = make_customer(associated_at=NOW - timedelta(days=10))
    make_daily(customer=customer, day=day(8), days=2, cny=150)
    assert raised("spending_drop")[0].facts["base_daily"] == "10.00"


def test_a_customer_who_left_raises_nothing():
    spends(make_customer(disassociated_at=NOW), recent=0, before=100)
    assert not raised("spending_drop")


# ---- 零消费 ----


@pytest.mark.parametrize(
    ("silent", "active", "hit"), [(14, 30, True), (13, 30, False), (14, 29, False), (15, 30, True)]
)
def test_fourteen_silent_days_after_thirty_active_ones(silent, active, hit):
    make_daily(customer=make_customer(), day=day(1 + silent), days=active, cny=1)
    assert bool(raised("no_spending")) is hit


def test_a_refund_is_not_consumption():
    customer = make_customer()
    make_daily(customer=customer, day=day(15), days=30, cny=1)
    make_daily(customer=customer, day=day(3), cny=-1)
    assert raised("no_spending")


def test_consumption_without_an_exchange_rate_is_not_silence():
    customer = make_customer()
    make_daily(customer=customer, day=day(15), days=30, cny=1)
    make_daily(customer=customer, day=day(3), cny=None, amount=1, currency="USD")
    assert not raised("no_spending")


# ---- 大量退订/释放 ----


@pytest.mark.parametrize(
    ("released", "kept", "back", "hit"),
    [
        (50, 50, 1, True),  # exactly half
        (50, 50, 7, True),
        (50, 50, 8, False),  # before the seven days
        (50, 50, 0, False),  # today: tomorrow's matter
        (49, 51, 1, False),
    ],
)
def test_releasing_half_of_the_list_price_within_a_week(released, kept, back, hit):
    customer = make_customer()
    make_resource(customer=customer, list_price=released, state="released", released_on=day(back))
    make_resource(customer=customer, list_price=kept)
    assert bool(raised("mass_release")) is hit


def test_what_came_within_the_week_does_not_dilute_what_went():
    customer = make_customer()
    make_resource(customer=customer, list_price=50, state="released", released_on=day(2))
    make_resource(customer=customer, list_price=1000, created_on=day(3))
    assert raised("mass_release")[0].facts["share"] == 100


@pytest.mark.parametrize(("created", "hit"), [(8, True), (7, False)])
def test_what_came_and_went_within_the_week_says_nothing(created, hit):
    make_resource(
        customer=make_customer(),
        created_on=day(created),
        state="released",
        released_on=day(2),
    )
    assert bool(raised("mass_release")) is hit


# ---- 长期未登录 ----


@pytest.mark.parametrize(
    ("last_login", "recent", "hit"),
    [(61, 9, True), (60, 9, False), (61, 10, False), (None, 9, False)],
)
def test_sixty_days_without_login_and_falling_spend(last_login, recent, hit):
    on = day(last_login) if last_login else None
    customer = make_customer(last_login_on=on)
    spends(customer, recent=recent, before=10, recent_days=30)
    assert bool(raised("no_login")) is hit


# ---- 发起解除关联 ----


def test_a_request_to_leave_is_told_once():
    customer = make_customer(disassociation_requested_on=day(1))
    assert len(raised("leaving")) == 1
    make_handling(alert=Alert.objects.get())
    generate_on = TODAY + timedelta(days=1)
    make_complete(day=TODAY)
    rules = list(Rule.objects.filter(scenario="leaving"))
    assert generate(generate_on, rules=rules, at=NOW + timedelta(days=1))[0].made == 0
    customer.disassociation_requested_on = generate_on
    customer.save()
    again = generate_on + timedelta(days=1)
    make_complete(day=generate_on)
    assert generate(again, rules=rules, at=NOW + timedelta(days=2))[0].made == 1


# ---- 包年包月即将到期 ----


@pytest.mark.parametrize(
    ("on", "ends", "days"),
    [
        (TODAY, date(2026, 12, 20), 30),
        (TODAY, date(2026, 11, 21), 1),
        (date(2026, 10, 31), date(2026, 11, 30), 30),
        (date(2024, 2, 14), date(2024, 2, 29), 15),  # a leap day
        (date(2024, 2, 28), date(2024, 3, 2), 3),  # and across one
        (TODAY, date(2026, 12, 21), None),
        (TODAY, TODAY, None),
    ],
)
def test_a_resource_is_warned_of_on_its_thresholds(on, ends, days):
    early = NOW.replace(year=2020)
    make_resource(customer=make_customer(associated_at=early), expires_on=ends)
    assert [alert.facts["days"] for alert in raised("expiring", on)] == ([days] if days else [])


@pytest.mark.parametrize(
    "changed",
    [
        {"auto_renew": True},
        {"is_main": False},
        {"state": "grace"},
        {"state": "released", "released_on": day(1)},
    ],
)
def test_a_resource_that_needs_no_renewal_is_not_warned_of(changed):
    make_resource(customer=make_customer(), expires_on=TODAY + timedelta(days=7), **changed)
    assert not raised("expiring")


def test_two_resources_are_two_alerts_and_thresholds_follow_each_other():
    customer = make_customer()
    make_resource(customer=customer, number="a", expires_on=TODAY + timedelta(days=15))
    make_resource(customer=customer, number="b", expires_on=TODAY + timedelta(days=7))
    assert {alert.subject for alert in raised("expiring")} == {"a", "b"}
    make_complete(day=TODAY + timedelta(days=7))
    later = TODAY + timedelta(days=8)
    generate(later, rules=list(Rule.objects.filter(scenario="expiring")), at=NOW + timedelta(8))
    assert [(a.cause, a.state) for a in Alert.objects.filter(subject="a").order_by("pk")] == [
        ("2026-12-05:15", "lapsed"),
        ("2026-12-05:7", "pending"),
    ]


# ---- 余额不足 ----


@pytest.mark.parametrize(
    ("available", "hit"), [("69.99", True), ("70.00", False), ("0", True), (None, False)]
)
def test_less_than_seven_days_of_average_spend(available, hit):
    amount = Decimal(available) if available else None
    customer = make_customer(association_type="resale", available_amount=amount)
    make_daily(customer=customer, day=day(1), days=7, cny=10)
    assert bool(raised("low_balance")) is hit


def test_no_spend_needs_no_balance():
    make_customer(association_type="resale", available_amount=0)
    assert not raised("low_balance")


# ---- 已欠费 / 宽限期 ----


@pytest.mark.parametrize("state", ["grace", "retention"])
def test_a_resource_in_grace_or_retention_is_arrears(state):
    make_resource(customer=make_customer(), state=state)
    assert raised("arrears")[0].facts[state] == 1


def test_no_debt_is_no_alert():
    make_resource(customer=make_customer())
    assert not raised("arrears")
