"""The commands of billing: thin, and clear about what they did."""

from collections.abc import Callable
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from billing.models import ConsumptionDay, ConsumptionFile, DailyConsumption, ExchangeRate
from core.clock import today
from tests.billing.focus_files import SAMPLE, charge, focus_csv, needs_sample, packed
from tests.factories import make_customer

pytestmark = pytest.mark.django_db


@pytest.fixture
def put(tmp_path: Path) -> Callable[[str, bytes], str]:
    """`put(name, content)`: a file on disk, its path."""

    def put(name: str, content: bytes) -> str:
        path = tmp_path / name
        path.write_bytes(content)
        return str(path)

    return put


def run(*words: Any) -> str:
    out = StringIO()
    call_command(*map(str, words), stdout=out)
    return out.getvalue()


@needs_sample
def test_the_real_file_is_imported_and_told() -> None:
    said = run("import_consumption", SAMPLE)
    assert "1000 行，2024-09-01 至 2024-10-01" in said
    assert "USD Credit -2.6137" in said and "未映射的子账号 73 个" in said
    assert "没有改变任何数据" in run("import_consumption", SAMPLE)


def test_a_delivery_may_be_named_mapped_and_marked_complete(put: Any) -> None:
    make_customer(number="c-1")
    mapping = put("map.csv", b"provider,sub_account,customer_number\nAWS,111122223333,c-1\n")
    bill = put("x.csv.gz", packed(focus_csv(charge(day="2026-10-05"))))
    options = ("--name", "十月", "--mapping", mapping, "--complete-through", "2026-10-06")
    said = run("import_consumption", bill, *options)
    assert "已导入 十月" in said and "映射子账号 1 个" in said and "标记数据完整 2 天" in said
    assert DailyConsumption.objects.count() == 1 and ConsumptionDay.objects.count() == 2


def test_bad_lines_are_told_and_written_where_asked(put: Any, tmp_path: Path) -> None:
    bill = put("x.csv", focus_csv(charge(), charge(BilledCost="x")))
    errors = tmp_path / "errors.csv"
    said = run("import_consumption", bill, "--errors", errors)
    assert "错误行 1" in said and "第 3 行：BilledCost" in said
    assert errors.read_bytes().startswith(b"\xef\xbb\xbf")


def test_a_refused_file_ends_the_command_with_the_reason(put: Any) -> None:
    with pytest.raises(CommandError, match=r"已拒绝 x\.csv：.*缺少列"):
        run("import_consumption", put("x.csv", b"a,b\n1,2\n"))
    assert ConsumptionFile.objects.get().state == "refused"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("import_consumption", "/nowhere.csv"), "无法打开"),
        (("import_consumption", "/nowhere.csv", "--complete-from", "2026-10-01"), "一起使用"),
        (("mark_day_complete", "2026/10/01"), "不是日期"),
        (("set_exchange_rate", "USD", "seven", "--from", "2026-10-01"), "不是数字"),
        (("set_exchange_rate", "CNY", "1", "--from", "2026-10-01"), "人民币不需要汇率"),
        (("rebuild_figures", "--from", "2026-10-02", "--to", "2026-10-01"), "早于"),
    ],
)
def test_what_makes_no_sense_ends_the_command_with_a_sentence(words: Any, why: str) -> None:
    with pytest.raises(CommandError, match=why):
        run(*words)


def test_sub_accounts_are_mapped_by_file(put: Any) -> None:
    make_customer(number="c-1")
    lines = b"provider,sub_account,customer_number\nAWS,1,c-1\nAWS,2,c-404\n"
    said = run("map_sub_accounts", put("map.csv", lines))
    assert "映射子账号 1 个" in said and "第 3 行：没有客户 c-404" in said


def test_a_day_and_a_period_are_marked_complete() -> None:
    yesterday = today() - timedelta(days=1)
    assert "1 天" in run("mark_day_complete", yesterday)
    assert "9 天" in run("mark_day_complete", yesterday, "--from", yesterday - timedelta(days=9))
    assert "此前已标记" in run("mark_day_complete", yesterday)
    with pytest.raises(CommandError, match="只能把已结束的日期"):
        run("mark_day_complete", today())


def test_a_rate_is_set() -> None:
    assert "USD 7.1" in run("set_exchange_rate", "usd", "7.1", "--from", "2026-10-01")
    rate = ExchangeRate.objects.get()
    assert (rate.currency, rate.valid_from) == ("USD", date(2026, 10, 1))


def test_figures_are_rebuilt() -> None:
    said = run("rebuild_figures", "--from", "2026-10-01", "--to", "2026-10-31")
    assert "重新汇总 0 条" in said


def test_facts_are_imported(put: Any) -> None:
    make_customer(number="c-1")
    facts = put("facts.csv", b"customer_number,arrears\nc-1,5\nc-2,5\n")
    said = run("import_account_facts", facts)
    assert "导入 1 行，更新 1 条" in said and "第 3 行：没有此客户" in said
    header = b"customer_number,number,provider,service,list_price,created_on\n"
    found = put("resources.csv", header + b"c-1,i-1,cloud,ECS,5,2026-01-01\n")
    assert "导入 1 行，更新 1 条" in run("import_resources", found)
