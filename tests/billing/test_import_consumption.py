"""账单导入, from file to charge lines: exact, whole or not at all, never twice."""

import csv
import io
from collections import defaultdict
from datetime import date
from decimal import Context, Decimal

import pytest
from django.db import connections

from activity.models import Activity
from billing.models import ChargeLine, ConsumptionDay, ConsumptionFile, Service, SubAccount
from billing.services.imports import import_file
from billing.services.staging import MOST_REPEATED
from billing.services.totals import as_json
from core.refusals import Refused
from tests.billing.focus_files import (
    SAMPLE,
    charge,
    deliver,
    focus_csv,
    needs_sample,
    nothing_stored,
    packed,
    stored_amounts,
)
from tests.factories import NOW, make_vendor_user

pytestmark = pytest.mark.django_db
REAL = SAMPLE.read_bytes() if SAMPLE.exists() else b""


def sums_of(content: bytes) -> dict[str, dict[str, str]]:
    """The sums per currency and category, by a reading of its own."""
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    exactly = Context(prec=100)
    for row in csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")):
        key = (row["BillingCurrency"], row["ChargeCategory"])
        sums[key] = exactly.add(sums[key], Decimal(row["BilledCost"]))
    return as_json({key: (1, total) for key, total in sums.items()})


# ---- what goes in is what is stored ----


@needs_sample
def test_the_real_file_is_stored_to_the_last_digit() -> None:
    file = deliver(REAL).file
    assert (file.state, file.lines, file.bad_lines) == ("imported", 1000, 0)
    assert file.sums == sums_of(REAL)
    assert ChargeLine.objects.count() == 1000
    assert SubAccount.objects.count() == 73 and Service.objects.count() == 33
    assert (file.first_day, file.last_day) == (date(2024, 9, 1), date(2024, 10, 1))


def test_every_digit_of_every_line_is_stored() -> None:
    amounts = ["0.000000000000000001", "-99999999999999999999.999999999999999999", "1e-18", "7"]
    deliver(focus_csv(*(charge(BilledCost=amount) for amount in amounts)))
    assert stored_amounts() == [Decimal(amount) for amount in amounts]


def test_sums_are_exact_where_short_arithmetic_would_round() -> None:
    lines = [charge(BilledCost="12345678901234567890"), charge(BilledCost="0.000000000000000001")]
    assert deliver(focus_csv(*lines)).file.sums == {
        "USD": {"Usage": "12345678901234567890.000000000000000001"}
    }


def test_currencies_and_categories_are_kept_apart() -> None:
    lines = [
        charge(BilledCost="10"),
        charge(BilledCost="-2.5", ChargeCategory="Credit"),
        charge(BilledCost="3", BillingCurrency="CNY"),
        charge(BilledCost="4", BillingCurrency="cny"),
    ]
    assert deliver(focus_csv(*lines)).file.sums == {
        "USD": {"Usage": "10", "Credit": "-2.5"},
        "CNY": {"Usage": "7"},
    }


def test_a_packed_file_is_the_same_delivery() -> None:
    first = deliver(focus_csv(charge()), "bill.csv")
    again = deliver(packed(focus_csv(charge())), "bill.csv.gz")
    assert not again.changed and again.file == first.file


def test_all_that_is_kept_of_a_line_is_stored() -> None:
    deliver(focus_csv(charge(ListCost="2", Id="c-1", ResourceId="i-1", SubAccountName="𠮷🍚")))
    line = ChargeLine.objects.select_related("sub_account", "service").get()
    assert (line.list_cost, line.charge_id, line.resource) == (2, "c-1", "i-1")
    assert (line.sub_account.name, str(line.service)) == ("𠮷🍚", "EC2")
    assert line.day == date(2026, 10, 5) and line.line_number == 2


def test_a_file_over_a_month_end_fills_both_months() -> None:
    deliver(focus_csv(charge(day="2026-10-31"), charge(day="2026-11-01")))
    days = ChargeLine.objects.order_by("day").values_list("day", flat=True)
    assert list(days) == [date(2026, 10, 31), date(2026, 11, 1)]


def test_a_name_that_a_later_file_gives_a_sub_account_is_taken() -> None:
    deliver(focus_csv(charge(SubAccountName="Old")))
    deliver(focus_csv(charge(SubAccountName="New", BilledCost="2")))
    deliver(focus_csv(charge(SubAccountName="NULL", BilledCost="3")))
    assert SubAccount.objects.get().name == "New"


# ---- twice, and corrected ----


def test_the_same_file_twice_changes_nothing() -> None:
    content = focus_csv(charge(), charge(BilledCost="x"))
    first, again = deliver(content, "bill.csv"), deliver(content, "bill.csv")
    assert first.changed and not again.changed
    assert ConsumptionFile.objects.count() == 1 and len(stored_amounts()) == 1


def test_the_same_content_under_another_name_changes_nothing() -> None:
    deliver(focus_csv(charge()), "bill.csv")
    again = deliver(focus_csv(charge()), "bill (1).csv")
    assert not again.changed and again.file.name == "bill.csv"
    assert len(stored_amounts()) == 1


def test_a_corrected_file_replaces_its_own_lines_only() -> None:
    deliver(focus_csv(charge(BilledCost="9")), "other.csv")
    former = deliver(focus_csv(charge(), charge(BilledCost="2")), "bill.csv").file
    corrected = deliver(focus_csv(charge(BilledCost="5")), "bill.csv")
    assert corrected.replaced == 2
    assert sorted(stored_amounts()) == [5, 9]
    former.refresh_from_db()
    assert (former.state, former.superseded_by) == ("superseded", corrected.file)


def test_a_correction_may_be_taken_back() -> None:
    first = focus_csv(charge(BilledCost="1"))
    for content in (first, focus_csv(charge(BilledCost="2")), first):
        assert deliver(content, "bill.csv").changed
    assert stored_amounts() == [1]


def test_charges_with_a_number_are_replaced_under_any_name() -> None:
    lines = [charge(Id="a", BilledCost="1"), charge(Id="b", BilledCost="2")]
    deliver(focus_csv(*lines), "daily-1.csv")
    later = [charge(Id="b", BilledCost="20"), charge(Id="c", BilledCost="3")]
    assert deliver(focus_csv(*later), "daily-2.csv").replaced == 1
    assert sorted(stored_amounts()) == [1, 3, 20]


def test_a_charge_number_belongs_to_its_sub_account() -> None:
    deliver(focus_csv(charge(Id="a", SubAccountId="1")))
    deliver(focus_csv(charge(Id="a", SubAccountId="2")))
    assert len(stored_amounts()) == 2


def test_a_file_whose_charges_were_all_replaced_is_superseded() -> None:
    former = deliver(focus_csv(charge(Id="a"), charge(Id="b")), "part.csv").file
    partly = deliver(focus_csv(charge(Id="a", BilledCost="2")), "more.csv").file
    former.refresh_from_db()
    assert former.state == "imported"
    whole = deliver(focus_csv(charge(Id="a", BilledCost="3"), charge(Id="b")), "month.csv").file
    former.refresh_from_db(), partly.refresh_from_db()
    assert former.superseded_by == partly.superseded_by == whole


@needs_sample
def test_the_real_file_under_another_name_replaces_itself() -> None:
    deliver(REAL, "september.csv")
    again = deliver(REAL + REAL.splitlines(keepends=True)[1].replace(b",11472,", b",1,"), "q3.csv")
    assert again.replaced == 1000
    assert ChargeLine.objects.count() == 1001


def test_a_charge_number_twice_in_one_file_counts_once_and_says_so() -> None:
    lines = [charge(Id="a", BilledCost="1"), charge(Id="a", BilledCost="2"), charge(Id="NULL")]
    result = deliver(focus_csv(*lines, charge(Id="NULL")))
    assert stored_amounts() == [1, Decimal("1.5"), Decimal("1.5")]
    (bad,) = result.errors.first
    assert (bad.line_number, bad.reason) == (3, "费用编号与第 2 行重复")
    assert result.file.sums == {"USD": {"Usage": "4"}} and result.file.bad_lines == 1


def test_a_file_whose_ids_are_no_charge_numbers_is_refused() -> None:
    content = focus_csv(charge(Id="invoice-7"))
    header, line = content.splitlines(keepends=True)
    result = deliver(header + line * (MOST_REPEATED + 2))
    assert "不是费用编号" in result.file.reason and nothing_stored()


# ---- bad lines and refused files ----


def test_bad_lines_go_to_an_error_file_that_a_spreadsheet_opens_safely() -> None:
    lines = [charge(), charge(BilledCost="=1+1"), charge(BilledCost="3")]
    content = focus_csv(*lines).replace(b'"=1+1"', b"=1+1")
    file = deliver(content).file
    assert (file.lines, file.bad_lines) == (2, 1)
    text = file.errors.read().decode()
    assert text.startswith("\ufeff行号,原因,原始内容")
    (_header, (number, why, raw)) = csv.reader(io.StringIO(text))
    assert number == "3" and "BilledCost 不是有效的数字" in why and raw.startswith("'=1+1")


def test_a_file_without_bad_lines_has_no_error_file() -> None:
    assert not deliver(focus_csv(charge())).file.errors


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (focus_csv(), "文件中没有费用行"),
        (focus_csv(charge(BilledCost="x")), "没有一行可以导入"),
        (focus_csv(charge(), charge())[:-9], "文件不完整"),
        (packed(focus_csv(charge()))[:-9], "压缩文件不完整"),
        (b"a,b\n1,2\n", "缺少列"),
    ],
)
def test_a_refused_file_leaves_its_reason_and_nothing_else(content: bytes, why: str) -> None:
    result = deliver(content, "bill.csv")
    assert result.refused and why in result.file.reason
    assert nothing_stored()
    assert Activity.objects.filter(verb="consumption_file.refused").count() == 1


def test_a_refused_correction_leaves_the_former_file_as_it_was() -> None:
    former = deliver(focus_csv(charge()), "bill.csv").file
    assert deliver(focus_csv(charge(BilledCost="2"))[:-5], "bill.csv").refused
    former.refresh_from_db()
    assert former.state == "imported" and stored_amounts() == [Decimal("1.5")]


@needs_sample
@pytest.mark.parametrize("cut", [1, 700, 1_000, 54_321, 400_000, len(REAL) - 40, len(REAL) - 2])
def test_the_real_file_cut_off_is_refused_whole(cut: int) -> None:
    assert deliver(REAL[:cut]).refused
    assert nothing_stored()


@needs_sample
def test_the_real_file_cut_between_two_records_has_fewer_lines() -> None:
    lines = REAL.splitlines(keepends=True)
    assert deliver(b"".join(lines[:501])).file.lines == 500


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_nothing_is_kept_when_what_is_stored_differs_from_the_file() -> None:
    """A fault planted in the database: it swallows one line."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RETURN CASE WHEN NEW.line_number = 3 THEN NULL ELSE NEW END; END $$;"
            " CREATE TRIGGER swallow BEFORE INSERT ON billing_chargeline"
            " FOR EACH ROW EXECUTE FUNCTION swallow()"
        )
    result = deliver(focus_csv(charge(), charge(BilledCost="2")))
    assert result.refused and "入库金额与文件不一致" in result.file.reason
    assert nothing_stored()


# ---- who, and complete days ----


def test_an_import_is_recorded_with_who_did_it() -> None:
    operator = make_vendor_user()
    stream = io.BytesIO(focus_csv(charge()))
    file = import_file(stream, name="bill.csv", by=operator, at=NOW).file
    assert file.imported_by == operator
    entry = Activity.objects.get(verb="consumption_file.imported")
    assert (entry.user, entry.partner_id) == (operator, None)
    assert entry.after == {"file": "bill.csv", "lines": 1, "bad_lines": 0, "replaced": 0}


def test_days_are_complete_only_when_somebody_says_so() -> None:
    content = focus_csv(charge(day="2026-10-03"), charge(day="2026-10-04"))
    deliver(content)
    assert not ConsumptionDay.objects.exists()
    assert deliver(content, complete_through=date(2026, 10, 4)).completed == 2
    days = ConsumptionDay.objects.order_by("day").values_list("day", flat=True)
    assert list(days) == [date(2026, 10, 3), date(2026, 10, 4)]


def test_a_day_that_is_not_over_cannot_be_complete() -> None:
    with pytest.raises(Refused, match="只能把已结束的日期"):
        deliver(focus_csv(charge()), complete_through=date(2026, 11, 20))
    assert nothing_stored()
