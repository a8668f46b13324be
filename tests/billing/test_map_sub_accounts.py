"""子账号映射: sub-accounts become customers, and their figures follow."""

import io
from datetime import date
from typing import Any

import pytest

from activity.models import Activity
from billing.models import DailyConsumption, SubAccount
from billing.services.mapping import Mapped, Wish, map_from_file, map_sub_account
from core.clock import start_of
from core.refusals import Refused
from customers.models import Customer
from tests.billing.focus_files import charge, deliver, focus_csv
from tests.factories import NOW, make_customer, make_partner

pytestmark = pytest.mark.django_db
HEADER = "provider,sub_account,partner,customer_number,customer_name,association_type,associated_on"


@pytest.fixture
def sub_account(db: Any) -> SubAccount:
    """With charges on 5 and 7 October."""
    deliver(focus_csv(charge(day="2026-10-07"), charge(day="2026-10-05")))
    return SubAccount.objects.get()


def map_to(sub_account: SubAccount, number: str, **wish: Any) -> SubAccount:
    return map_sub_account(sub_account, Wish(number, **wish), by=None, at=NOW)


def map_file(*lines: str) -> Mapped:
    return map_from_file(io.BytesIO("\n".join([HEADER, *lines, ""]).encode()), by=None, at=NOW)


def days_of(customer: Customer) -> list[str]:
    rows = DailyConsumption.objects.filter(customer=customer).order_by("day")
    return [str(row.day) for row in rows]


# ---- one ----


def test_lines_roll_up_as_soon_as_their_sub_account_is_mapped(sub_account: SubAccount) -> None:
    customer = make_customer()
    assert not DailyConsumption.objects.exists()
    map_to(sub_account, customer.number)
    assert days_of(customer) == ["2026-10-05", "2026-10-07"]


def test_a_customer_is_made_for_a_partner_from_the_first_charge_on(sub_account: SubAccount) -> None:
    partner = make_partner()
    map_to(sub_account, "c-1", partner=partner, name="深圳云帆", association_type="resale")
    customer = Customer.objects.get(number="c-1")
    assert (customer.partner, customer.name, customer.source) == (partner, "深圳云帆", "import")
    assert customer.associated_at == start_of(date(2026, 10, 5))
    assert "szyf" in customer.search_text
    assert len(days_of(customer)) == 2


def test_an_association_may_begin_on_a_day_that_is_given(sub_account: SubAccount) -> None:
    wish = {"association_type": "referral", "associated_on": date(2026, 10, 6)}
    map_to(sub_account, "c-1", partner=make_partner(), **wish)
    assert days_of(Customer.objects.get(number="c-1")) == ["2026-10-07"]


@pytest.mark.parametrize("day", [date.min, date.max])
def test_an_association_does_not_begin_at_an_end_of_the_calendar(
    sub_account: SubAccount, day: date
) -> None:
    with pytest.raises(Refused, match="“关联日期”须在"):
        map_to(
            sub_account,
            "c-1",
            partner=make_partner(),
            association_type="resale",
            associated_on=day,
        )


def test_a_new_customer_and_its_mapping_are_recorded(sub_account: SubAccount) -> None:
    partner = make_partner()
    map_to(sub_account, "c-1", partner=partner, association_type="referral")
    associated = Activity.objects.get(verb="customer.associated")
    assert (associated.partner, associated.customer_id) == (partner, Customer.objects.get().pk)
    mapped = Activity.objects.get(verb="sub_account.mapped")
    assert mapped.after == {"sub_account": "Nimbus", "customer": "c-1"}


def test_mapping_elsewhere_takes_the_figures_along(sub_account: SubAccount) -> None:
    first, second = make_customer(), make_customer()
    map_to(sub_account, first.number)
    map_to(sub_account, second.number)
    assert (days_of(first), days_of(second)) == ([], ["2026-10-05", "2026-10-07"])


def test_mapping_again_to_the_same_customer_changes_nothing(sub_account: SubAccount) -> None:
    customer = make_customer()
    map_to(sub_account, customer.number)
    map_to(sub_account, customer.number)
    assert Activity.objects.filter(verb="sub_account.mapped").count() == 1


def test_a_returning_customer_covers_other_sub_accounts_too(sub_account: SubAccount) -> None:
    former = make_customer(associated_at=start_of(date(2026, 1, 1)))
    former.mark_disassociated(at=start_of(date(2026, 2, 1)))
    map_to(sub_account, former.number)
    deliver(focus_csv(charge(SubAccountId="B", day="2026-10-09")))
    wish = {"association_type": "referral", "associated_on": date(2026, 10, 1)}
    map_to(SubAccount.objects.get(number="B"), former.number, partner=make_partner(), **wish)
    again = Customer.objects.exclude(pk=former.pk).get()
    assert days_of(again) == ["2026-10-05", "2026-10-07", "2026-10-09"]


@pytest.mark.parametrize(
    ("wish", "why"),
    [
        ({}, "没有客户"),
        ({"partner": True}, "须给出关联类型"),
    ],
)
def test_a_customer_that_is_not_there_needs_partner_and_type(
    sub_account: SubAccount, wish: dict[str, Any], why: str
) -> None:
    if wish:
        wish = {"partner": make_partner()}
    with pytest.raises(Refused, match=why):
        map_to(sub_account, "c-1", **wish)


def test_a_customer_of_another_partner_is_refused(sub_account: SubAccount) -> None:
    customer = make_customer()
    with pytest.raises(Refused, match="已关联其他伙伴"):
        map_to(sub_account, customer.number, partner=make_partner(), association_type="resale")


def test_a_new_association_may_not_overlap_a_former_one(sub_account: SubAccount) -> None:
    former = make_customer()
    former.mark_disassociated(at=start_of(date(2026, 10, 6)))
    with pytest.raises(Refused, match="填写更晚的关联日期"):
        map_to(sub_account, former.number, partner=make_partner(), association_type="resale")


def test_a_sub_account_without_charges_needs_a_date_for_a_new_customer(db: Any) -> None:
    sub_account = SubAccount.objects.create(provider="AWS", number="new")
    with pytest.raises(Refused, match="须给出关联日期"):
        map_to(sub_account, "c-1", partner=make_partner(), association_type="resale")


# ---- a file ----


def test_a_file_maps_many_and_makes_their_customers(sub_account: SubAccount) -> None:
    deliver(focus_csv(charge(SubAccountId="B", day="2026-10-01")))
    make_partner(name="云帆经销")
    mapped = map_file(
        "AWS,111122223333,云帆经销,c-1,甲公司,顾问销售,", "AWS,B,云帆经销,c-1,甲公司,referral,"
    )
    assert (mapped.mapped, mapped.created, mapped.errors.count) == (2, 1, 0)
    customer = Customer.objects.get()
    assert customer.associated_at == start_of(date(2026, 10, 1))  # the earliest of both
    assert days_of(customer) == ["2026-10-01", "2026-10-05", "2026-10-07"]


def test_a_file_twice_changes_nothing(sub_account: SubAccount) -> None:
    make_partner(name="云帆经销")
    line = "AWS,111122223333,云帆经销,c-1,甲公司,resale,"
    map_file(line)
    again = map_file(line)
    assert (again.mapped, again.created, again.unchanged) == (0, 0, 1)


def test_a_mapping_may_come_before_the_first_bill(db: Any) -> None:
    customer = make_customer()
    map_file(f"AWS,111122223333,,{customer.number},,,")
    deliver(focus_csv(charge()))
    assert days_of(customer) == ["2026-10-05"]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("AWS,111122223333,没有,c-2,,resale,", "没有伙伴“没有”"),
        ("AWS,111122223333,,c-2,,gift,", "association_type 应为"),
        ("AWS,111122223333,,c-2,,resale,2026/10/01", "associated_on 不是有效的日期"),
        ("AWS,111122223333,,,,,", "customer_number 为空"),
        (",111122223333,,c-2,,,", "provider 为空"),
        ("AWS,111122223333,,c-404,,,", "没有客户 c-404"),
        ("AWS,NEW,,c-404,,,", "没有客户 c-404"),
        ("AWS,B,,c-ok,,,", "子账号与第 2 行重复"),
    ],
)
def test_a_line_that_cannot_be_taken_is_reported_and_stops_no_other(
    sub_account: SubAccount, line: str, why: str
) -> None:
    make_customer(number="c-ok")
    mapped = map_file("AWS,B,,c-ok,,,", line)
    assert mapped.mapped == 1
    (error,) = mapped.errors.first
    assert error.line_number == 3 and why in error.reason
    assert not SubAccount.objects.filter(number="NEW").exists()


def test_a_mapping_file_that_is_cut_off_is_refused_whole(sub_account: SubAccount) -> None:
    make_customer(number="c-ok")
    content = f"{HEADER}\nAWS,111122223333,,c-ok,,,\nAWS,B,,c-o".encode()
    with pytest.raises(Refused, match="最后一行缺少列"):
        map_from_file(io.BytesIO(content), by=None, at=NOW)
    sub_account.refresh_from_db()
    assert sub_account.cloud_account is None
