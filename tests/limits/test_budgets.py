"""预算: set within what is granted, counted from list prices, told of at three levels."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from activity.models import Activity, Notification
from billing.budgets import services
from billing.budgets.models import Budget, BudgetRecord
from billing.budgets.services import Wish
from billing.budgets.usage import count_usage, why_exhausted
from core.refusals import NotAllowed, Refused
from customers.freezing.services import freeze_of
from tests import factories as f
from tests.factories import NOW, TODAY
from tests.limits.making import make_budget, make_freeze, make_grant

pytestmark = pytest.mark.django_db
MONTHLY = Wish("monthly", Decimal(1000))


def set_budget(customer, by, wish=MONTHLY, at=NOW):
    return services.set_budget(customer, wish, by=by, at=at)


def test_a_budget_is_set_recorded_and_replaced(cast, customer):
    set_budget(customer, cast.zong)
    made = set_budget(customer, cast.zong, Wish("one_time", Decimal("88.80"), "freeze"))
    assert Budget.objects.get() == made
    assert (made.kind, made.amount, made.on_exhaustion) == ("one_time", Decimal("88.80"), "freeze")
    assert BudgetRecord.objects.count() == 2
    line = Activity.objects.filter(verb="budget.set").last()
    assert line.before["amount"] == "1000.00"


def test_setting_a_budget_ends_the_wait_and_may_unfreeze(cast, customer):
    make_freeze(customer=customer, cause="arrival", needs_budget=True)
    set_budget(customer, cast.zong)
    row = freeze_of(customer)
    assert (row.state, row.needs_budget) == ("account", False)
    set_budget(customer, cast.zong, Wish("monthly", Decimal(5), unfreeze=True))
    assert freeze_of(customer).state == "normal"


def test_only_postpaid_customers_have_budgets(cast):
    with pytest.raises(NotAllowed, match="只有转售客户"):
        set_budget(f.make_customer(partner=cast.distributor), cast.zong)


def test_usage_is_the_list_price_of_this_months_charges(cast, customer):
    f.make_charge(customer=customer, day=TODAY, cny=80, list_cost=100)
    f.make_charge(customer=customer, day=TODAY - timedelta(days=1), cny=50)  # without a list price
    f.make_charge(customer=customer, day=date(2026, 10, 31), cny=999)
    assert set_budget(customer, cast.zong).used == 150


def test_a_one_time_budget_counts_from_its_day_on_and_is_not_restored(cast, customer):
    f.make_charge(customer=customer, day=TODAY - timedelta(days=1), cny=70)
    f.make_charge(customer=customer, day=TODAY, cny=30)
    set_budget(customer, cast.zong, Wish("one_time", Decimal(100)))
    set_budget(customer, cast.zong, Wish("one_time", Decimal(200)), at=NOW + timedelta(days=2))
    budget = Budget.objects.get()
    assert (budget.used, budget.starts_on) == (30, TODAY)
    count_usage(at=NOW + timedelta(days=60))
    budget.refresh_from_db()
    assert budget.used == 30


def test_a_month_begins_with_nothing_used(cast, customer):
    f.make_charge(customer=customer, day=TODAY, cny=950)
    budget = set_budget(customer, cast.zong)
    assert (budget.percent_on(TODAY), budget.told) == (95, 90)
    december = date(2026, 12, 1)
    assert budget.percent_on(december) == 0  # before anything is counted, too
    services.weigh_all(at=datetime(2026, 11, 30, 16, 0, tzinfo=UTC))  # midnight in Beijing
    budget.refresh_from_db()
    assert (budget.used, budget.counted_for, budget.told) == (0, december, 0)


def test_each_level_is_told_of_once_a_period(cast, theirs):
    make_budget(customer=theirs, amount=100)
    for ago, (cny, kinds) in enumerate(
        (
            (70, []),
            (6, ["budget.at_75"]),
            (1, ["budget.at_75"]),
            (14, ["budget.at_75", "budget.at_90"]),
            (10, ["budget.at_75", "budget.at_90", "budget.at_100"]),
        )
    ):
        f.make_charge(customer=theirs, day=TODAY - timedelta(days=ago), cny=cny)
        services.weigh_all(at=NOW)
        services.weigh_all(at=NOW)
        told = Notification.objects.filter(member=cast.jing, kind__startswith="budget.")
        assert [each.kind for each in told.order_by("pk")] == kinds
    assert freeze_of(theirs) is None  # its action is by hand


def test_a_budget_that_is_used_up_freezes_once_where_that_was_chosen(cast, theirs):
    budget = make_budget(customer=theirs, amount=100, on_exhaustion="freeze")
    f.make_charge(customer=theirs, day=TODAY, cny=100)
    services.weigh_all(at=NOW)
    row = freeze_of(theirs)
    assert (row.state, row.cause) == ("account", "budget")
    from customers.freezing.services import unfreeze_customer

    unfreeze_customer(theirs, reason="先用着", by=cast.zong, at=NOW)
    services.weigh_all(at=NOW)
    assert freeze_of(theirs).state == "normal"  # a person's word holds for the period
    budget.refresh_from_db()
    assert budget.told == 100


def test_a_new_ceiling_below_what_is_used_freezes_at_once(cast, customer):
    f.make_charge(customer=customer, day=TODAY, cny=100)
    set_budget(customer, cast.zong, Wish("monthly", Decimal(50), "freeze"))
    assert freeze_of(customer).state == "account"


def test_a_reseller_stays_within_what_its_distributor_granted(cast, theirs):
    with pytest.raises(NotAllowed, match="没有开放设置预算"):
        set_budget(theirs, cast.yun)
    make_grant(reseller=cast.reseller, by=cast.zong, kinds=["monthly"], monthly_most=Decimal(500))
    with pytest.raises(Refused, match="没有开放“一次性预算”"):
        set_budget(theirs, cast.yun, Wish("one_time", Decimal(1)))
    with pytest.raises(Refused, match=r"上限 500\.00 元"):
        set_budget(theirs, cast.yun, Wish("monthly", Decimal("500.01")))
    assert set_budget(theirs, cast.yun, Wish("monthly", Decimal(500))).amount == 500
    assert set_budget(theirs, cast.zong, Wish("one_time", Decimal(900))).amount == 900


def test_nothing_is_renewed_on_a_budget_that_is_used_up(cast, customer):
    make_budget(customer=customer, amount=0)
    assert why_exhausted(customer, "renew", at=NOW) == "客户预算已用尽，请先调整预算。"
    assert why_exhausted(customer, "stop", at=NOW) == ""


def test_with_the_association_the_budget_goes_and_leaves_a_record(cast, theirs):
    make_budget(customer=theirs)
    theirs.mark_disassociated(at=NOW)  # by whatever way
    services.weigh_all(at=NOW)
    assert not Budget.objects.exists()
    record = BudgetRecord.objects.get()
    assert (record.operation, record.by, record.amount) == ("delete", None, 1000)
