"""客户订单 come in: by file or as rows, once, and never behind what the partner did."""

import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command

from activity.models import Notification
from billing.orders.models import Order, OrderLine
from billing.orders.paying import pay_order, refuse_order
from billing.orders.services import import_lines, import_orders, take_orders
from billing.services.intake import Facts
from core.refusals import Refused
from tests.factories import NOW, make_customer, make_member, make_money, make_order, make_partner

pytestmark = pytest.mark.django_db
HEADER = (
    "number,customer_number,status,type,provider,service,official_amount,amount,created_at,"
    "paid_at,proxy_asked_at"
)
LINES = "order_number,number,provider,service,amount,expires_on,resource_number"


def orders(*lines: str) -> Facts:
    return import_orders(as_file(HEADER, *lines), by=None, at=NOW)


def order_lines(*lines: str) -> Facts:
    return import_lines(as_file(LINES, *lines), by=None, at=NOW)


def as_file(*lines: str) -> io.BytesIO:
    return io.BytesIO("\n".join([*lines, ""]).encode())


def row(
    number: str = "CS1",
    customer: str = "c-1",
    status: int = 5,
    amount: str = "90.00",
    created: str = "2026-11-10T08:00:00Z",
    paid: str = "",
    asked: str = "",
) -> str:
    return f"{number},{customer},{status},1,cloud,ECS,100.00,{amount},{created},{paid},{asked}"


def reasons(facts: Facts) -> list[tuple[int, str]]:
    return [(line.line_number, line.reason) for line in facts.errors.first]


@pytest.fixture
def customer() -> Any:
    return make_customer(number="c-1", associated_at=NOW - timedelta(days=100))


def test_an_order_of_a_file_is_the_customers_and_its_partners(customer: Any) -> None:
    facts = orders(row(paid="2026-11-10T09:00:00Z"))
    order = Order.objects.get(number="CS1")
    assert (facts.lines, facts.changed, facts.errors.count) == (1, 1, 0)
    assert (order.customer, order.partner_id) == (customer, customer.partner_id)
    assert (order.status, order.type, order.amount) == (5, 1, Decimal("90.00"))
    assert order.paid_at == datetime(2026, 11, 10, 9, tzinfo=UTC)


def test_the_same_file_again_changes_nothing(customer: Any) -> None:
    orders(row())
    assert orders(row()).changed == 0
    assert orders(row(status=4)).changed == 1


def test_bad_lines_stop_no_other(customer: Any) -> None:
    facts = orders(
        row("CS1"),
        row("CS1"),
        row("CS2", customer="nobody"),
        row("CS3", status=7),
        row("CS4", created="2020-01-01T00:00:00Z"),
        row("CS5", status=6, amount="0", asked="2026-11-10T08:00:00Z"),
    )
    assert list(Order.objects.values_list("number", flat=True)) == ["CS1"]
    assert sorted(line for line, _why in reasons(facts)) == [3, 4, 5, 6, 7]


def test_an_order_counts_for_whose_customer_it_was_on_its_day(customer: Any) -> None:
    """Who left and came to another partner leaves his orders behind."""
    customer.mark_disassociated(at=NOW - timedelta(days=5))
    later = make_customer(number="c-1", associated_at=NOW - timedelta(days=3))
    orders(row("CS1"), row("CS2", created="2026-11-19T08:00:00Z"))
    owners = dict(Order.objects.values_list("number", "customer"))
    assert owners == {"CS1": customer.pk, "CS2": later.pk}


def test_a_number_stays_its_customers(customer: Any) -> None:
    make_customer(number="c-2")
    orders(row("CS1"))
    facts = orders(row("CS1", customer="c-2"))
    assert reasons(facts) == [(2, "该订单号属于其他客户")]


def test_a_report_older_than_the_payment_takes_nothing_back(customer: Any) -> None:
    order = paid_order(customer)
    orders(row(order.number, status=6, asked="2026-11-19T08:00:00Z"))
    order.refresh_from_db()
    assert (order.status, order.paid_at, order.proxy_state) == (3, NOW, "paid")
    orders(row(order.number, status=5, paid="2026-11-20T03:00:00Z"))
    order.refresh_from_db()
    assert (order.status, order.proxy_state) == (5, "paid")


def paid_order(customer: Any) -> Order:
    by = make_member(partner=customer.partner, role="finance")
    make_money(customer.partner)
    return pay_order(make_order(customer=customer, waiting=True), Decimal(100), by=by, at=NOW)


def test_what_was_refused_waits_again_when_it_is_asked_for_again(customer: Any) -> None:
    by = make_member(partner=customer.partner, role="finance")
    orders(row(status=6, asked="2026-11-19T08:00:00Z"))
    order = Order.objects.get()
    refuse_order(order, "金额不对", by=by, at=NOW)
    orders(row(status=6, asked="2026-11-19T08:00:00Z"))
    order.refresh_from_db()
    assert (order.proxy_state, order.proxy_reason) == ("refused", "金额不对")
    orders(row(status=6, asked="2026-11-20T08:00:00Z"))
    order.refresh_from_db()
    assert order.is_waiting and order.proxy_by is None and not order.proxy_reason


def test_main_account_and_finance_hear_of_orders_that_wait_once(customer: Any) -> None:
    make_member(partner=customer.partner, role="finance")
    make_member(partner=customer.partner, role="partner_admin")
    make_member(partner=customer.partner)
    for _again in range(2):
        orders(row("CS1", status=6, asked="2026-11-19T08:00:00Z"), row("CS2"))
    told = Notification.objects.filter(kind="orders.waiting")
    assert [n.params for n in told] == [{"n": 1}] * 2


def test_rows_of_a_program_are_taken_as_those_of_a_file_are(customer: Any) -> None:
    said = {
        "number": "CS9",
        "customer_number": "c-1",
        "status": 6,
        "type": 2,
        "provider": "cloud",
        "service": "ECS",
        "official_amount": Decimal(10),
        "amount": Decimal(9),
        "created_at": NOW - timedelta(days=1),
        "proxy_asked_at": NOW - timedelta(hours=1),
    }
    assert take_orders([said, said], by=None, at=NOW).errors.count == 1
    assert Order.objects.get().is_waiting


def test_lines_belong_to_orders_that_are_known(customer: Any) -> None:
    orders(row())
    facts = order_lines("CS1,1,cloud,ECS,90,2027-11-10,i-1", "CS7,1,cloud,ECS,90,2027-11-10,i-1")
    line = OrderLine.objects.get()
    assert (line.customer, line.partner_id) == (customer, customer.partner_id)
    assert (line.expires_on, line.resource_number) == (date(2027, 11, 10), "i-1")
    assert reasons(facts) == [(3, "没有此订单，请先导入订单")]
    assert order_lines("CS1,1,cloud,ECS,90,2027-11-10,i-1").changed == 0


def test_a_file_without_lines_is_refused() -> None:
    with pytest.raises(Refused, match="没有数据行"):
        orders()


def test_a_preview_changes_nothing(customer: Any, tmp_path: Any, capsys: Any) -> None:
    file = tmp_path / "orders.csv"
    file.write_bytes(as_file(HEADER, row()).getvalue())
    call_command("import_orders", str(file), "--preview")
    assert "预览：可导入 1 行" in capsys.readouterr().out
    assert not Order.objects.exists()


def test_who_waits_for_the_partner_is_known_of_a_customer(customer: Any) -> None:
    make_order(customer=make_customer(partner=make_partner()), waiting=True)
    assert not Order.objects.waiting_for_partner(customer).exists()
    order = make_order(customer=customer, waiting=True)
    assert list(Order.objects.waiting_for_partner(customer)) == [order]
