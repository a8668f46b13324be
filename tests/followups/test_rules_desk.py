"""预警规则 on the vendor's desk, and the service behind its buttons."""

from datetime import date, timedelta

import pytest
import time_machine
from django.urls import reverse

from activity.models import Activity
from core import tenancy
from core.refusals import Refused
from followups.models import Alert, GenerationRun, Rule
from followups.services import change_rule
from tests.factories import (
    NOW,
    TODAY,
    make_alert,
    make_complete,
    make_customer,
    make_rule,
    make_vendor_user,
)
from tests.race import race

pytestmark = pytest.mark.django_db
TOMORROW = TODAY + timedelta(days=1)
DROP = {"recent_days": 7, "base_days": 30, "drop_ratio": "0.4", "min_daily": "10"}


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def rule() -> Rule:
    return Rule.objects.get(scenario="spending_drop")


def press(client, rule, name, **data):
    return client.post(reverse("admin:followups_rule_do", args=[rule.pk, name]), data, follow=True)


def change(rule, **changes):
    values = {
        "parameters": DROP,
        "quiet_days": 30,
        "is_enabled": True,
        "valid_from": TOMORROW,
        "at": NOW,
    } | changes
    by = values.pop("by", None) or make_vendor_user()
    return change_rule(rule, by=by, **values)


# ---- the service ----


def test_a_change_is_a_new_version_and_the_old_one_stays(rule):
    new = change(rule)
    assert (new.version, new.parameters["drop_ratio"]) == (2, "0.4")
    rule.refresh_from_db()
    assert rule.parameters["drop_ratio"] == "0.5"
    assert list(Rule.objects.in_force(TODAY).filter(scenario="spending_drop")) == [rule]
    assert list(Rule.objects.in_force(TOMORROW).filter(scenario="spending_drop")) == [new]


def test_a_change_is_recorded_with_before_and_after(rule):
    change(rule, quiet_days=10)
    line = Activity.objects.get(verb="rule.changed")
    assert (line.before["quiet_days"], line.after["quiet_days"]) == (30, 10)
    assert "近期日均不高于对比期日均的比例 0.4" in line.after["parameters"]


def test_a_rule_is_ended_by_a_version_that_is_off(rule):
    change(rule, is_enabled=False)
    assert not Rule.objects.in_force(TOMORROW).filter(scenario="spending_drop").exists()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"valid_from": TODAY}, "生效日期最早为 2026-11-21"),
        ({"valid_from": date.max}, "生效日期最晚为 2027-11-21"),
        ({"quiet_days": 0}, "静默天数须为"),
        ({"parameters": DROP | {"drop_ratio": "1.5"}}, "须大于 0 且不大于 1"),
        ({"parameters": DROP | {"drop_ratio": "0.50"}}, "没有需要保存的修改"),
    ],
)
def test_what_makes_no_sense_is_refused(rule, changes, sentence):
    with pytest.raises(Refused, match=sentence):
        change(rule, **changes)
    assert Rule.objects.filter(scenario="spending_drop").count() == 1


def test_a_version_does_not_begin_before_the_one_it_follows(rule):
    make_rule(scenario="spending_drop", valid_from=TODAY + timedelta(days=9))
    with pytest.raises(Refused, match="新版本不能早于它"):
        change(rule)


@pytest.mark.django_db(transaction=True)
def test_of_two_operators_at_once_both_get_a_version_of_their_own(rule):
    user, days = make_vendor_user(), iter([10, 11])

    def save():
        with tenancy.vendor():
            return change(rule, quiet_days=next(days), by=user)

    assert sorted(new.version for new in race(save, times=2)) == [2, 3]


# ---- the pages ----

FORM = DROP | {"quiet_days": 20, "is_enabled": "on", "valid_from": TOMORROW.isoformat()}


def test_an_operator_saves_a_new_version(cast, rule, proven):
    page = press(proven(cast.yunying), rule, "new_version", **FORM)
    new = Rule.objects.get(scenario="spending_drop", version=2)
    assert (new.quiet_days, new.created_by) == (20, cast.yunying)
    assert "已保存，自 2026-11-21 起生效" in page.content.decode()


def test_the_form_says_what_is_wrong_beside_the_field(cast, rule, proven):
    wrong = FORM | {"drop_ratio": "1.5"}
    page = press(proven(cast.yunying), rule, "new_version", **wrong).content.decode()
    assert "须大于 0 且不大于 1" in page
    assert Rule.objects.filter(scenario="spending_drop").count() == 1


@pytest.mark.parametrize(("typed", "kept"), [("30、15,7 3", [30, 15, 7, 3]), ("1", [1])])
def test_thresholds_are_typed_as_a_list(cast, proven, typed, kept):
    rule = Rule.objects.get(scenario="expiring")
    press(proven(cast.yunying), rule, "new_version", **FORM | {"thresholds": typed})
    assert Rule.objects.get(scenario="expiring", version=2).parameters["thresholds"] == kept


@pytest.mark.parametrize("who", ["shen", "shenji"])
def test_others_do_not_change_rules(cast, rule, sign_in, who):
    assert press(sign_in(getattr(cast, who)), rule, "new_version", **FORM).status_code == 403


def test_a_trial_says_how_many_and_whom_and_saves_nothing(cast, sign_in):
    make_complete(day=TODAY - timedelta(days=1))
    customer = make_customer(manager=cast.jing, arrears=3)
    rule = Rule.objects.get(scenario="arrears")
    page = press(
        sign_in(cast.yunying), rule, "try_out", quiet_days=1, day=TODAY.isoformat()
    ).content.decode()
    assert "检查 1 个客户：将新增 1 条预警" in page
    assert customer.number in page
    assert customer.name not in page
    assert not Alert.objects.exists()
    assert not GenerationRun.objects.exists()


def test_a_trial_for_one_partner(cast, sign_in):
    make_complete(day=TODAY - timedelta(days=1))
    make_customer(manager=cast.jing, arrears=3)
    rule, client = Rule.objects.get(scenario="arrears"), sign_in(cast.yunying)
    asked = {"quiet_days": 1, "day": TODAY.isoformat()}
    page = press(client, rule, "try_out", **asked, partner=cast.stranger.name).content.decode()
    assert "将新增 0 条" in page
    assert (
        "没有这个伙伴" in press(client, rule, "try_out", **asked, partner="某某").content.decode()
    )


def test_a_trial_over_a_missing_day_says_so(cast, sign_in):
    make_complete(day=TODAY - timedelta(days=1))
    make_complete(day=TODAY - timedelta(days=4))
    rule = Rule.objects.get(scenario="low_balance")
    asked = {"days": 7, "spend_days": 7, "quiet_days": 3, "day": TODAY.isoformat()}
    page = press(sign_in(cast.yunying), rule, "try_out", **asked).content.decode()
    assert "2026-11-17 的消费数据尚未完整" in page


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_trial_at_an_end_of_the_calendar_is_refused(cast, rule, sign_in, day):
    page = press(sign_in(cast.yunying), rule, "try_out", **FORM, day=day)
    assert "“业务日期”须在 1990-01-01 至 2200-12-31 之间。" in page.content.decode()


def test_a_trial_of_an_incomplete_day_says_so(cast, rule, sign_in):
    page = press(sign_in(cast.yunying), rule, "try_out", **FORM, day=TODAY.isoformat())
    assert "消费数据尚未完整" in page.content.decode()
    assert not GenerationRun.objects.exists()


@pytest.mark.parametrize("desk", ["rule", "generationrun", "alert"])
@pytest.mark.parametrize("who", ["shen", "yunying", "shenji"])
def test_the_vendor_reads_rules_runs_and_alerts(cast, sign_in, desk, who):
    customer = make_customer(manager=cast.jing, arrears=3)
    alert = make_alert(customer=customer, facts={"requested_on": "2026-11-19"}, scenario="leaving")
    run = GenerationRun.objects.create(
        rule=alert.rule, business_date=TODAY, state="done", started_at=NOW, finished_at=NOW
    )
    row = {"rule": alert.rule, "generationrun": run, "alert": alert}[desk]
    client = sign_in(getattr(cast, who))
    listed = client.get(reverse(f"admin:followups_{desk}_changelist"))
    shown = client.get(reverse(f"admin:followups_{desk}_change", args=[row.pk]))
    assert (listed.status_code, shown.status_code) == (200, 200)
    assert 'name="_save"' not in shown.content.decode()
