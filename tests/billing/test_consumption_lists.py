"""消费汇总, 消费明细 and 欠费: what they show is what the billing files hold."""

import csv
import io
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from activity.models import Notification
from billing.consumption.lists import ChargeList
from billing.consumption.models import CustomerCharge
from billing.models import ChargeLine
from billing.services.facts import import_account_facts
from core import tenancy
from core.lists.csv import write_csv
from customers.services import assign_customer
from tests.billing.focus_files import charge, deliver, focus_csv, owned_by
from tests.factories import (
    NOW,
    make_complete,
    make_customer,
    make_member,
    make_partner,
    make_rate,
    make_resource,
)

pytestmark = pytest.mark.django_db
OCTOBER = "2026-10"


@pytest.fixture(autouse=True)
def _clock() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def billed(cost: str, day: str = "2026-10-05", **cells: str) -> dict[str, str]:
    return charge(BilledCost=cost, BillingCurrency="CNY", day=day, **cells)


@pytest.fixture
def imported(cast: Any) -> Any:
    """A file with use, a discount and a refund of a customer of jing's since 400 days."""
    customer = make_customer(manager=cast.jing)
    owned_by(customer)
    refund = {"ChargeCategory": "Refund", "x_BillType": "4", "x_OrderId": "CS77"}
    lines = (
        billed("1200.50", ListCost="1500.50", x_BillType="5", x_ChargeMode="3"),
        billed("300.25", day="2026-10-06", ResourceName="web-1", ServiceName="OBS"),
        billed("-100.005", day="2026-10-07", **refund),
    )
    assert not deliver(focus_csv(*lines)).errors.count
    return customer


def of(client: Any, url: str, **asked: str) -> str:
    answer = client.get(url, {"month": OCTOBER, **asked})
    assert answer.status_code == 200
    return answer.content.decode()


def test_every_screen_adds_up_to_the_imported_file(cast: Any, imported: Any, sign_in: Any) -> None:
    """1200.50 + 300.25 - 100.005, by customer, line by line and in both totals."""
    client = sign_in(cast.yun)
    stored = sum(ChargeLine.objects.values_list("billed_cost", flat=True))
    assert stored == Decimal("1400.745")
    summary = of(client, "/billing/consumption/", total="on")
    assert summary.count("1,400.75") == 2  # the row, and the sum of the rows
    charges = of(client, "/billing/charges/", total="on")
    assert "1,400.75" in charges
    for line in ("CNY 1,200.5<", "CNY 300.25<", "CNY -100.005<"):
        assert line in charges
    assert sum(CustomerCharge.objects.values_list("amount", flat=True)) == stored


def test_discount_and_refund_of_a_month_come_from_its_charges(
    cast: Any, imported: Any, sign_in: Any
) -> None:
    page = of(sign_in(cast.yun), "/billing/consumption/")
    assert "300.00" in page  # 1500.50 - 1200.50
    assert "100.01" in page  # given back: 100.005


def test_charges_are_found_by_what_the_provider_says_of_them(
    cast: Any, imported: Any, sign_in: Any
) -> None:
    client = sign_in(cast.yun)
    for asked, found in (
        ({"kind": "4"}, "CNY -100.005"),
        ({"order": "CS77"}, "CNY -100.005"),
        ({"mode": "3"}, "CNY 1,200.5"),
        ({"resource_name": "web-1"}, "CNY 300.25"),
        ({"kind": "Usage"}, "CNY 300.25"),
        ({"service": "OB"}, "CNY 300.25"),
    ):
        page = of(client, "/billing/charges/", **asked)
        assert found in page and page.count('id="row-') == 1, asked


def test_a_code_that_the_vendor_does_not_know_is_a_bad_line(cast: Any) -> None:
    made = deliver(focus_csv(billed("1", x_BillType="77"), billed("2", x_BillType="5")))
    assert (made.file.lines, made.errors.count) == (1, 1)


def test_a_manager_sees_charges_and_sums_from_the_assignment_on(
    cast: Any, imported: Any, sign_in: Any
) -> None:
    assign_customer(imported, cast.other, by=cast.yun, at=NOW)
    imported.assignments.filter(manager=cast.other).update(started_at=NOW.replace(month=10, day=6))
    client = sign_in(cast.other)
    page = of(client, "/billing/charges/", total="on")
    assert "CNY 1,200.5<" not in page and "CNY 300.25<" in page
    assert "200.25" in page  # 300.25 - 100.005
    assert "200.25" in of(client, "/billing/consumption/")


def test_who_lost_the_customer_sees_nothing_of_it(cast: Any, imported: Any, sign_in: Any) -> None:
    assign_customer(imported, cast.other, by=cast.yun, at=NOW)
    for url in ("/billing/charges/", "/billing/consumption/"):
        assert 'id="row-' not in of(sign_in(cast.jing), url)


def test_a_former_customer_is_found_in_the_months_in_which_he_consumed(
    cast: Any, imported: Any, sign_in: Any
) -> None:
    imported.mark_disassociated(at=NOW - timedelta(days=1))
    later = make_customer(number=imported.number, partner=cast.stranger, associated_at=NOW)
    assert "1,400.75" in of(sign_in(cast.yun), "/billing/consumption/")
    assert later.partner_id not in CustomerCharge.objects.values_list("partner", flat=True)
    assert 'id="row-' not in of(sign_in(cast.pang), "/billing/charges/")


def test_on_a_day_of_change_a_charge_counts_for_who_came_last(cast: Any, imported: Any) -> None:
    imported.mark_disassociated(at=NOW.replace(month=10, day=6))
    make_customer(
        number=imported.number, partner=cast.stranger, associated_at=NOW.replace(month=10, day=6)
    )
    counted = dict(CustomerCharge.objects.values_list("day", "partner"))
    assert counted == {
        date(2026, 10, 5): cast.reseller.pk,
        date(2026, 10, 6): cast.stranger.pk,
        date(2026, 10, 7): cast.stranger.pk,
    }


def test_the_database_shows_a_partner_its_own_charges_only(cast: Any, imported: Any) -> None:
    with tenancy.tenant(cast.stranger.pk, user_id=cast.pang.user_id):
        assert not CustomerCharge.objects.exists()
    with tenancy.tenant(cast.reseller.pk, user_id=cast.yun.user_id):
        assert CustomerCharge.objects.count() == 3


def test_a_distributor_reads_what_its_resellers_customers_consumed(
    cast: Any, imported: Any, sign_in: Any
) -> None:
    client = sign_in(cast.zong)
    for url in ("/billing/consumption/resellers/", "/billing/charges/resellers/"):
        page = of(client, url, total="on")
        assert "1,400.75" in page and cast.reseller.name in page
        assert imported.name not in page


def test_only_the_last_eighteen_months_can_be_looked_at(cast: Any, sign_in: Any) -> None:
    client = sign_in(cast.yun)
    assert client.get("/billing/charges/", {"month": "2025-06"}).status_code == 200
    assert client.get("/billing/charges/", {"month": "2025-05"}).status_code == 400


def test_what_has_no_rate_is_told_apart_from_the_sum(cast: Any, sign_in: Any) -> None:
    owned_by(make_customer(manager=cast.jing))
    dollars = charge(BilledCost="2", BillingCurrency="USD", day="2026-10-05")
    deliver(focus_csv(dollars, billed("5")))
    client = sign_in(cast.yun)
    for url in ("/billing/consumption/", "/billing/charges/"):
        page = of(client, url, total="on")
        assert "5.00" in page and "USD 2" in page and "无汇率" in page
    make_rate(currency="USD", rate="7")
    assert "19.00" in of(client, "/billing/charges/", total="on")


def test_the_sum_is_asked_for_when_the_page_is_there(
    cast: Any, imported: Any, sign_in: Any
) -> None:
    make_complete(day=date(2026, 11, 19))
    client = sign_in(cast.yun)
    assert "2026-10 合计" not in of(client, "/billing/charges/")
    part = client.get(
        "/billing/charges/", {"month": OCTOBER, "total": "on"}, headers={"HX-Request": "true"}
    ).content.decode()
    assert "2026-10 合计" in part and "<table" not in part and "数据截至 2026-11-19" in part


def test_a_file_of_charges_adds_up_to_the_imported_file(cast: Any, imported: Any, rf: Any) -> None:
    request = rf.get("/billing/charges/", {"month": OCTOBER})
    request.member = cast.yun
    shown, out = ChargeList(request), io.StringIO()
    write_csv(shown.matching, shown.shown_columns, out, at=NOW)
    rows = list(csv.DictReader(io.StringIO(out.getvalue().removeprefix("\ufeff"))))
    assert sum(Decimal(row["消费金额"]) for row in rows) == Decimal("1400.745")
    assert {row["币种"] for row in rows} == {"CNY"}


# ---- 欠费 ----


def facts(*lines: str) -> None:
    content = "\n".join(["customer_number,arrears", *lines, ""]).encode()
    import_account_facts(io.BytesIO(content), by=None, at=NOW)


def test_the_owner_hears_once_that_customers_fell_into_arrears(cast: Any) -> None:
    make_customer(manager=cast.jing, number="c-1")
    make_customer(manager=cast.jing, number="c-2")
    make_customer(partner=cast.reseller, number="c-3")
    make_customer(manager=cast.jing, number="c-4", arrears=Decimal(5))
    for _again in range(2):
        facts("c-1,10.50", "c-2,2", "c-3,1", "c-4,6")
    told = Notification.objects.filter(kind="customers.in_arrears").order_by("member")
    assert {(n.member, n.params["n"], n.params["amount"]) for n in told} == {
        (cast.jing, 2, "12.50"),
        (cast.yun, 1, "1.00"),
    }


def test_arrears_are_listed_with_what_is_at_risk_and_what_to_do(cast: Any, sign_in: Any) -> None:
    owing = make_customer(manager=cast.jing, association_type="resale", arrears=Decimal(12))
    make_customer(manager=cast.jing, arrears=Decimal(99))
    make_customer(manager=cast.jing)
    make_resource(customer=owing, state="grace")
    page = sign_in(cast.jing).get("/billing/arrears/").content.decode()
    assert page.count('id="row-') == 2 and page.index("99.00") < page.index("12.00")
    assert "宽限期 1 个" in page and "拨款" in page and "提醒客户充值" in page


def test_the_home_page_counts_who_owes(cast: Any, sign_in: Any) -> None:
    make_customer(manager=cast.jing, arrears=Decimal(12))
    page = sign_in(cast.jing).get("/").content.decode()
    assert "欠费客户" in page and "/billing/arrears/" in page


def test_another_partner_sees_neither(cast: Any, imported: Any, sign_in: Any) -> None:
    make_member(partner=make_partner())
    for url in ("/billing/charges/", "/billing/consumption/", "/billing/arrears/"):
        assert 'id="row-' not in of(sign_in(cast.pang), url)
