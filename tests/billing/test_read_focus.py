"""The reader alone: bytes in, charges and bad lines out."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.focus import Charge, FocusFile
from billing.tables import BadLine, NotReadable
from tests.billing.focus_files import COLUMNS, charge, focus_csv, packed

UNTIL = date(2027, 12, 31)


def read(content: bytes) -> list[Charge | BadLine]:
    return list(FocusFile(io.BytesIO(content), until=UNTIL))


def read_one(**cells: str) -> Charge | BadLine:
    (line,) = read(focus_csv(charge(**cells)))
    return line


def reason(**cells: str) -> str:
    line = read_one(**cells)
    assert isinstance(line, BadLine), line
    return line.reason


def test_a_line_becomes_a_charge_with_all_that_is_kept() -> None:
    found = read_one(BilledCost="-0.00000000603", ListCost="2.5", ResourceId="i-1", Id="77")
    assert found == Charge(
        line_number=2,
        charge_id="77",
        provider="AWS",
        sub_account="111122223333",
        sub_account_name="Nimbus",
        service="EC2",
        service_category="Compute",
        category="Usage",
        currency="USD",
        billed_cost=Decimal("-0.00000000603"),
        list_cost=Decimal("2.5"),
        started_at=datetime(2026, 10, 5, 8, tzinfo=UTC),
        ended_at=datetime(2026, 10, 5, 9, tzinfo=UTC),
        day=date(2026, 10, 5),
        region="us-west-2",
        resource="i-1",
        description="Compute, per hour",
    )


@pytest.mark.parametrize(
    "text",
    [
        "2026-10-05 16:30:00",
        "2026-10-05T16:30:00Z",
        "2026-10-05T16:30Z",
        "2026-10-06T00:30:00+08:00",
    ],
)
def test_instants_are_read_in_every_usual_form(text: str) -> None:
    found = read_one(ChargePeriodStart=text, ChargePeriodEnd="2026-10-05T17:00:00Z")
    assert isinstance(found, Charge)
    assert found.started_at == datetime(2026, 10, 5, 16, 30, tzinfo=UTC)
    assert found.day == date(2026, 10, 6)


def test_a_charge_counts_on_the_beijing_day_it_starts() -> None:
    last = read_one(
        ChargePeriodStart="2026-10-31T15:59:59Z", ChargePeriodEnd="2026-11-01T00:00:00Z"
    )
    first = read_one(
        ChargePeriodStart="2026-10-31T16:00:00Z", ChargePeriodEnd="2026-11-01T00:00:00Z"
    )
    assert (last.day, first.day) == (date(2026, 10, 31), date(2026, 11, 1))


def test_columns_are_found_in_any_order_and_others_are_ignored() -> None:
    line = charge(x_Cluster="k8s")
    plain = read(focus_csv(line))
    assert read(focus_csv(line, columns=COLUMNS[::-1])) == plain
    assert isinstance(plain[0], Charge)


def test_null_and_empty_are_alike() -> None:
    optional = ("ListCost", "RegionId", "ResourceId", "SubAccountName", "ChargeDescription")
    assert read_one(**dict.fromkeys(optional, "NULL")) == read_one(**dict.fromkeys(optional, ""))


def test_a_byte_order_mark_line_ends_and_gzip_change_nothing() -> None:
    plain = focus_csv(charge(), charge(BilledCost="2"))
    windows = focus_csv(charge(), charge(BilledCost="2"), line_end="\r\n")
    assert read(b"\xef\xbb\xbf" + plain) == read(windows) == read(packed(plain)) == read(plain)


def test_text_of_any_script_is_kept() -> None:
    found = read_one(SubAccountName="𠮷野家🍚", ChargeDescription='say "hi",\nthen go')
    assert isinstance(found, Charge)
    assert (found.sub_account_name, found.description) == ("𠮷野家🍚", 'say "hi",\nthen go')


def test_a_charge_of_the_billing_account_itself_counts_there() -> None:
    found = read_one(SubAccountId="NULL", BillingAccountId="999")
    assert isinstance(found, Charge) and found.sub_account == "999"
    assert "SubAccountId 为空" in reason(SubAccountId="NULL")


# ---- numbers ----


@pytest.mark.parametrize(
    "text", ["0.123456789012345678", "1e-18", "-7E2", ".5", "+3", "1.50000000000000000000"]
)
def test_numbers_are_kept_to_the_last_digit(text: str) -> None:
    found = read_one(BilledCost=text)
    assert isinstance(found, Charge) and found.billed_cost == Decimal(text)


@given(st.decimals(min_value=-(10**19), max_value=10**19, places=18))
def test_any_number_that_fits_is_exact(number: Decimal) -> None:
    found = read_one(BilledCost=f"{number:f}")
    assert isinstance(found, Charge) and found.billed_cost == number


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("0.1234567890123456789", "小数超过 18 位"),
        ("1e-19", "小数超过 18 位"),
        ("1e20", "超出可存储的范围"),
        ("NaN", "不是有效的数字"),
        ("Infinity", "不是有效的数字"),
        ("１２", "不是有效的数字"),
        ("1,234.5", "不是有效的数字"),
        ("1_000", "不是有效的数字"),
        ("1" * 90, "不是有效的数字"),
        ("NULL", "BilledCost 为空"),
    ],
)
def test_a_number_that_cannot_be_kept_exactly_makes_a_bad_line(text: str, why: str) -> None:
    assert why in reason(BilledCost=text)


# ---- other bad lines ----


@pytest.mark.parametrize(
    ("column", "text", "why"),
    [
        ("ChargePeriodStart", "05/10/2026", "不是有效的时间"),
        ("ChargePeriodStart", "2026-02-30 00:00:00", "不是有效的时间"),
        ("ChargePeriodStart", "２０２６-10-05 08:00:00", "不是有效的时间"),
        ("ChargePeriodStart", "1999-01-01 00:00:00", "计费日期"),
        ("ChargePeriodStart", "0001-01-01 00:00:00+08:00", "不是有效的时间"),
        ("ChargePeriodEnd", "9999-12-31 23:59:59", "不是有效的时间"),
        ("ChargePeriodEnd", "2026-10-05 07:59:59", "早于"),
        ("ChargeCategory", "Gift", "不在规范之内"),
        ("BillingCurrency", "美元", "不是三位币种代码"),
        ("ProviderName", "", "ProviderName 为空"),
        ("ServiceName", "x" * 201, "超过 200 个字符"),
        ("SubAccountId", "x" * 256, "超过 255 个字符"),
        ("ListCost", "free", "不是有效的数字"),
    ],
)
def test_a_cell_that_cannot_be_used_makes_a_bad_line(column: str, text: str, why: str) -> None:
    assert why in reason(**{column: text})


def test_a_bad_line_stops_nothing_else_and_keeps_its_number_and_text() -> None:
    content = focus_csv(charge(), charge(BilledCost="x"), charge(BilledCost="3"))
    good, bad, other = read(content)
    assert isinstance(bad, BadLine) and bad.line_number == 3
    assert bad.raw == content.decode().splitlines()[2]
    assert [line.billed_cost for line in (good, other)] == [Decimal("1.50"), 3]


def test_lines_are_counted_as_an_editor_counts_them() -> None:
    first = charge(ChargeDescription="two\nlines")
    _good, bad = read(focus_csv(first, charge(BilledCost="x")))
    assert isinstance(bad, BadLine) and bad.line_number == 4


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        (b'"one","two"\n', "应有 15 列，实有 2 列"),
        (b'"a"b,"c"\n', "引号"),
        (b'"bad \xff text"\n', "UTF-8"),
        (b'"a\x00b"\n', "NUL"),
    ],
)
def test_a_broken_record_is_a_bad_line_among_good_ones(broken: bytes, why: str) -> None:
    header, line = focus_csv(charge()).splitlines(keepends=True)
    good, bad, other = read(header + line + broken + line)
    assert isinstance(bad, BadLine) and why in bad.reason
    assert isinstance(good, Charge) and isinstance(other, Charge)


def test_blank_lines_are_no_lines() -> None:
    header, line = focus_csv(charge()).splitlines(keepends=True)
    assert len(read(header + b"\n" + line + b"\r\n" + line + b"\n")) == 2


# ---- files that are refused ----


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "空的"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "不是 UTF-8"),
        ("名称,金额\n".encode("utf-16"), "不是 UTF-8"),
        (b"PK\x03\x04\xff\xfe binary", "不是 UTF-8"),
        (b"name,amount\nx,1\n", "缺少列 BilledCost、"),
        (b"\x1f\x8b broken", "压缩文件"),
        (focus_csv(charge()).replace(b"RegionId", b"BilledCost"), "BilledCost 出现了多次"),
        (focus_csv(charge()) + b'"never closed ' + b"x" * 200_000 + b"\n", "第 3 行过长"),
    ],
)
def test_a_foreign_file_is_refused_with_a_sentence(content: bytes, why: str) -> None:
    with pytest.raises(NotReadable, match=why):
        read(content)


WHOLE = focus_csv(charge(), charge(Tags="NULL"), charge(Tags='{"a": "b \\"c\\" d"}'))


@pytest.mark.parametrize("quoting", [csv.QUOTE_NONNUMERIC, csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
@pytest.mark.parametrize("last", ["Tags", "BilledCost", "ChargePeriodEnd", "SubAccountId"])
def test_a_file_cut_anywhere_is_refused_or_has_whole_records_only(quoting: int, last: str) -> None:
    columns = [*(name for name in COLUMNS if name != last), last]
    lines = [charge(), charge(Tags="NULL", BilledCost="12.3456"), charge(Tags='{"a": "\\"b\\""}')]
    content = focus_csv(*lines, columns=columns, quoting=quoting)
    whole = read(content)
    for cut in range(len(content)):
        try:
            found = read(content[:cut])
        except NotReadable:
            continue
        assert found == whole[: len(found)], content[:cut]


def test_a_packed_file_cut_anywhere_is_refused() -> None:
    content = packed(WHOLE)
    for cut in range(1, len(content)):
        with pytest.raises(NotReadable):
            read(content[:cut])


@pytest.mark.parametrize("last", ['{"a": 1}', "NULL", ""])
def test_a_whole_last_record_needs_no_line_break_if_it_is_surely_whole(last: str) -> None:
    content = focus_csv(charge(Tags=last), quoting=csv.QUOTE_ALL)
    assert read(content.rstrip(b"\n")) == read(content)


def test_a_last_number_without_line_break_might_have_been_cut() -> None:
    columns = [*(name for name in COLUMNS if name != "BilledCost"), "BilledCost"]
    content = focus_csv(charge(), columns=columns, quoting=csv.QUOTE_MINIMAL)
    with pytest.raises(NotReadable, match="最后一行没有换行符"):
        read(content.rstrip(b"\n"))
