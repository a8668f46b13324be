"""The benches measure what they promise: every figure is there, and compares equal rows."""

import json
from io import StringIO
from math import isfinite

import pytest
from django.core.management import CommandError, call_command

from benchmarks import database, report
from benchmarks.client import percentile
from tests.database import TEMPLATE

CUSTOMERS = 500
EVERYWHERE = {"p50_ms", "p95_ms", "floor_ms", "ratio", "promises", "kept"}
PAGES = {
    *("customer_list", "customer_filter", "alert_queue"),
    *("customer_search", "customer_search_trade", "customer_search_place"),
}
OF_A_PAGE = EVERYWHERE | {
    *("rows", "rps", "floor_rps", "peer_ms", "peer_rps", "peer_ratio"),
    *("statements", "statements_10", "statements_100", "buffers", "kb", "kb_gzip"),
}


@pytest.fixture(autouse=True, scope="module")
def _worlds_begin_migrated(django_db_setup):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "EMPTY", TEMPLATE)
        yield


def bench(name: str, *arguments: str) -> dict:
    out = StringIO()
    call_command(
        *("bench", name, f"--customers={CUSTOMERS}", "--rounds=2", "--json", *arguments),
        stdout=out,
        stderr=StringIO(),
    )
    printed = json.loads(out.getvalue())
    assert printed["customers"] == CUSTOMERS
    return printed["results"]


def numbers(value) -> list[float]:
    if isinstance(value, dict):
        return [number for each in value.values() for number in numbers(each)]
    return [value] if isinstance(value, int | float) else []


@pytest.fixture(scope="module")
def pages() -> dict:
    return bench("pages", "--seconds=0.1")


@pytest.mark.slow
def test_pages_have_floor_peer_and_counts(pages):
    assert set(pages) == {*PAGES, "row_security"}
    for page in PAGES:
        assert set(pages[page]) >= OF_A_PAGE, page
        assert pages[page]["rows"] > 0
    assert all(isfinite(number) for number in numbers(pages))


@pytest.mark.slow
def test_a_list_page_takes_as_many_statements_for_ten_rows_as_for_a_hundred(pages):
    for name in PAGES:
        assert pages[name]["statements_10"] == pages[name]["statements_100"] <= 12, name


@pytest.mark.slow
def test_generation_and_its_bare_sql_make_the_same_alerts_and_none_again():
    result = bench("generate")["all_rules"]
    assert set(result) >= EVERYWHERE
    assert result["made"] > 0 and result["rerun_made"] == 0
    assert all(isfinite(number) for number in numbers(result))


@pytest.mark.slow
def test_the_file_holds_every_row_in_little_memory():
    results = bench("export")
    assert set(results["customers_csv"]) >= EVERYWHERE
    assert set(results["customers_xlsx"]) >= {"p50_ms", "peer_ms", "peer_ratio", "kept"}
    for result in results.values():
        assert result["rows"] == CUSTOMERS
        assert 20 < result["peak_mb"] <= 200


@pytest.mark.slow
def test_every_row_of_a_workbook_is_imported_and_taken_back():
    result = bench("import")["customers_xlsx"]
    assert set(result) >= {"rows_per_second", "floor_ms", "ratio", "seconds", "kept"}
    assert result["rows"] == CUSTOMERS and result["steps_ms"]["commit"] > 0


def test_a_broken_promise_is_told():
    kept = report.judged({"ratio": 2.0}, ratio=("<=", 3))
    broken = report.judged({"ratio": 2.0, "peer_ratio": 2.0}, ratio=("<=", 3), peer_ratio=(">=", 8))
    assert kept["kept"] and not broken["kept"]
    assert broken["promises"] == {"ratio": "<= 3", "peer_ratio": ">= 8"}


def test_a_promise_without_a_figure_is_broken():
    assert not report.judged({}, ratio=("<=", 3))["kept"]


def test_each_round_visits_each_target_once_in_changing_order():
    visited = []
    rounds = report.interleaved(
        ["a", "b", "c"], lambda target: visited.append(target) or len(visited), rounds=6, seed=1
    )
    assert all(set(found) == {"a", "b", "c"} for found in rounds)
    assert len({tuple(visited[i : i + 3]) for i in range(0, 18, 3)}) > 1


def test_percentiles_lie_within_what_was_measured():
    assert percentile([5.0], 95) == 5.0
    assert percentile([1.0, 2.0, 3.0], 50) == 2.0
    assert 2.0 < percentile([1.0, 2.0, 3.0], 95) <= 3.0


def test_a_bench_needs_customers():
    with pytest.raises(CommandError):
        call_command("bench", "export", "--customers=0")
