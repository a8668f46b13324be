from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from core.clock import today
from followups.models import Alert
from tests.factories import make_complete, make_customer, make_partner

pytestmark = pytest.mark.django_db


def run(command: str, *arguments: str) -> str:
    out = StringIO()
    call_command(command, *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def owing():
    make_complete(day=today() - timedelta(days=1), days=3)
    return make_customer(arrears=5)


def test_it_prints_what_each_rule_did(owing):
    out = run("generate_followups", "--as-of", today().isoformat())
    assert "已欠费/宽限期 v1：检查 1 个客户，新增 1 条，失效 0 条" in out
    assert out.count("v1：") == 8


def test_a_second_call_says_that_it_was_done(owing):
    run("generate_followups")
    assert "此日期已生成过" in run("generate_followups")


def test_a_dry_run_names_the_customers_and_writes_nothing(owing):
    out = run("generate_followups", "--rule", "arrears", "--dry-run")
    assert "将新增 1 条" in out
    assert owing.number in out
    assert owing.name not in out
    assert not Alert.objects.exists()


def test_one_partner_by_name_or_by_number(owing):
    make_customer(arrears=5)
    run("generate_followups", "--partner", owing.partner.name)
    run("generate_followups", "--partner", str(owing.partner.pk))
    assert Alert.objects.get().customer == owing


def test_an_incomplete_day_ends_with_one_sentence():
    with pytest.raises(CommandError, match="消费数据尚未完整"):
        run("generate_followups")


def test_a_rule_with_a_gap_is_named_and_the_others_are_made(owing):
    make_complete(day=today() - timedelta(days=9))
    out = StringIO()
    with pytest.raises(CommandError, match="4 条规则未完成"):
        call_command("generate_followups", stdout=out)
    assert "零消费 v1：已拒绝" in out.getvalue()
    assert "已欠费/宽限期 v1：检查 1 个客户，新增 1 条" in out.getvalue()


def test_an_unknown_partner_ends_with_one_sentence(owing):
    make_partner()
    with pytest.raises(CommandError, match="没有这个伙伴：某某"):
        run("generate_followups", "--partner", "某某")


def test_catching_up_makes_what_was_missed(owing):
    run("generate_followups", "--as-of", (today() - timedelta(days=2)).isoformat())
    out = run("generate_followups", "--catch-up")
    assert out.count("业务日期") == 2
    assert "没有漏掉的日期" in run("generate_followups", "--catch-up")


def test_catching_up_is_for_everybody(owing):
    with pytest.raises(CommandError, match="--catch-up 不能与"):
        run("generate_followups", "--catch-up", "--partner", owing.partner.name)


def test_the_runs_can_be_listed(owing):
    assert "还没有生成记录" in run("list_runs")
    run("generate_followups", "--rule", "arrears")
    line = run("list_runs").splitlines()[1]
    assert "已欠费/宽限期 v1\t全部\t已完成\t1\t1\t0" in line


def test_a_refusal_is_in_the_list():
    with pytest.raises(CommandError):
        run("generate_followups")
    assert "已拒绝" in run("list_runs", "--state", "refused")
