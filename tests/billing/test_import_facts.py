"""The vendor's daily facts of accounts and resources."""

import io
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from activity.models import Activity
from billing.models import Resource
from billing.services.facts import Facts, import_account_facts, import_resources
from core.refusals import Refused
from customers.models import Customer
from tests.factories import NOW, make_customer

pytestmark = pytest.mark.django_db
ACCOUNT = "customer_number,last_login_on,available_amount,arrears,disassociation_requested_on"
RESOURCE = (
    "customer_number,number,name,provider,service,state,is_main,auto_renew,list_price,created_on,"
    "expires_on,released_on"
)


def accounts(*lines: str, header: str = ACCOUNT) -> Facts:
    return import_account_facts(as_file(header, *lines), by=None, at=NOW)


def resources(*lines: str, header: str = RESOURCE) -> Facts:
    return import_resources(as_file(header, *lines), by=None, at=NOW)


def as_file(*lines: str) -> io.BytesIO:
    return io.BytesIO("\n".join([*lines, ""]).encode())


def reasons(facts: Facts) -> list[tuple[int, str]]:
    return [(line.line_number, line.reason) for line in facts.errors.first]


@pytest.fixture
def customer(db: Any) -> Customer:
    return make_customer(number="c-1", association_type="resale", arrears=Decimal(9))


# ---- accounts ----


def test_the_facts_of_an_account_are_taken_over(customer: Customer) -> None:
    facts = accounts("c-1,2026-11-18,1200.50,0.01,2026-11-19")
    customer.refresh_from_db()
    assert (facts.lines, facts.changed) == (1, 1)
    assert customer.last_login_on == date(2026, 11, 18)
    assert (customer.available_amount, customer.arrears) == (Decimal("1200.50"), Decimal("0.01"))
    assert customer.disassociation_requested_on == date(2026, 11, 19)


def test_an_empty_cell_says_none_and_a_missing_column_says_nothing(customer: Customer) -> None:
    accounts("c-1,2026-11-18,5,1,")
    accounts("c-1,", header="customer_number,last_login_on")
    customer.refresh_from_db()
    assert customer.last_login_on is None
    assert (customer.available_amount, customer.arrears) == (5, 1)
    accounts("c-1,", header="customer_number,arrears")
    customer.refresh_from_db()
    assert customer.arrears == 0


def test_facts_that_are_known_already_change_no_row(customer: Customer) -> None:
    accounts("c-1,2026-11-18,5,1,")
    assert accounts("c-1,2026-11-18,5,1,").changed == 0


def test_facts_are_of_the_association_that_is_open(customer: Customer) -> None:
    former = Customer.objects.get()
    former.mark_disassociated(at=NOW)
    current = make_customer(number="c-1", associated_at=NOW)
    accounts("c-1,2026-11-18", header="customer_number,last_login_on")
    former.refresh_from_db(), current.refresh_from_db()
    assert (former.last_login_on, current.last_login_on) == (None, date(2026, 11, 18))


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("c-404,,,,", "没有此客户，或已解除关联"),
        (",,,,", "customer_number 为空"),
        ("c-1,,,,", "与前面的行重复"),
        ("ref,,1,,", "只有代售客户有可用额度"),
        ("other,18/11/2026,,,", "last_login_on 不是有效的日期"),
        ("other,,0.001,,", "不是两位小数以内的金额"),
        ("other,,,-1,", "arrears 不能为负数"),
        ("other,,,,,", "应有 5 列，实有 6 列"),
    ],
)
def test_a_bad_line_is_reported_and_stops_no_other(customer: Customer, line: str, why: str) -> None:
    make_customer(number="ref"), make_customer(number="other")
    facts = accounts("c-1,2026-11-18,,,", line)
    customer.refresh_from_db()
    assert customer.last_login_on == date(2026, 11, 18) and facts.lines == 1
    ((number, reason),) = reasons(facts)
    assert number == 3 and why in reason


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("customer_number,arrears\nc-1,5\nc-1", "最后一行缺少列"),
        ("customer_number,arrears\nc-1,5", "最后一行没有换行符"),
        ("number\n1\n", "缺少列 customer_number"),
        ("customer_number\nc-1\n", "没有可导入的列"),
        ("customer_number,arrears\n", "没有数据行"),
    ],
)
def test_a_file_that_is_cut_off_or_foreign_is_refused_whole(
    customer: Customer, content: str, why: str
) -> None:
    with pytest.raises(Refused, match=why):
        import_account_facts(io.BytesIO(content.encode()), by=None, at=NOW)
    customer.refresh_from_db()
    assert customer.arrears == 9


def test_an_import_of_facts_is_recorded(customer: Customer) -> None:
    accounts("c-1,,,,", "c-404,,,,")
    entry = Activity.objects.get(verb="account_facts.imported")
    assert entry.after == {"lines": 1, "changed": 1, "bad_lines": 1}


# ---- resources ----

LINE = "c-1,i-1,主机,cloud,ECS,active,true,false,99.50,2026-01-01,2026-12-01,"


def test_a_resource_is_made_and_then_brought_up_to_date(customer: Customer) -> None:
    assert resources(LINE).changed == 1
    resource = Resource.objects.select_related("service").get()
    assert (resource.customer, resource.partner_id) == (customer, customer.partner_id)
    assert (resource.list_price, resource.service.name) == (Decimal("99.50"), "ECS")
    assert (resource.is_main, resource.auto_renew) == (True, False)
    resources(LINE.replace("active", "released").replace(",2026-12-01,", ",,2026-11-10"))
    resource.refresh_from_db()
    assert (resource.state, resource.released_on) == ("released", date(2026, 11, 10))
    assert resource.expires_on is None


def test_a_resource_that_is_known_already_changes_no_row(customer: Customer) -> None:
    resources(LINE)
    assert resources(LINE).changed == 0


def test_what_a_resource_file_leaves_out_is_as_usual(customer: Customer) -> None:
    header = "customer_number,number,provider,service,list_price,created_on"
    resources("c-1,i-1,cloud,ECS,1,2026-01-01", header=header)
    resource = Resource.objects.get()
    assert (resource.state, resource.is_main, resource.auto_renew) == ("active", True, False)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (LINE, "与前面的行重复"),
        (LINE.replace("c-1,i-1", "c-404,i-1"), "没有此客户"),
        (LINE.replace("i-1", "i-2").replace("active", "gone"), "state 应为 active"),
        (LINE.replace("i-1", "i-2").replace("active", "released"), "须有释放日期"),
        (LINE.replace("i-1", "i-2") + "2026-11-10", "须有释放日期"),
        (LINE.replace("i-1", "i-2").replace("true", "maybe"), "is_main 不是有效的是/否"),
        (LINE.replace("i-1", "i-2").replace("99.50", "-1"), "list_price 不能为负数"),
        (LINE.replace("i-1", ""), "number 为空"),
    ],
)
def test_a_bad_resource_is_reported_and_stops_no_other(
    customer: Customer, line: str, why: str
) -> None:
    facts = resources(LINE, line)
    assert Resource.objects.count() == 1
    ((number, reason),) = reasons(facts)
    assert number == 3 and why in reason
