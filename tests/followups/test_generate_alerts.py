from datetime import timedelta

import pytest

from billing.models import ConsumptionDay
from core.refusals import Refused
from followups.generation import generate
from followups.models import Alert, GenerationRun, Rule, Scenario
from tests.factories import (
    NOW,
    TODAY,
    make_alert,
    make_complete,
    make_customer,
    make_handling,
    make_partner,
    make_rule,
)

pytestmark = pytest.mark.django_db
YESTERDAY = TODAY - timedelta(days=1)
TOMORROW = TODAY + timedelta(days=1)
LATER = NOW + timedelta(days=1)


@pytest.fixture
def owing():
    """A customer who owes money: an alert every day, whatever was consumed."""
    make_complete(day=TODAY, days=2)
    return make_customer(arrears=12)


def arrears():
    return list(Rule.objects.in_force(TODAY).filter(scenario="arrears"))


def test_every_rule_in_force_runs_once_and_leaves_a_record(owing):
    generate(TODAY, at=NOW)
    runs = GenerationRun.objects.filter(business_date=TODAY, state="done")
    assert sorted(run.rule.scenario for run in runs) == sorted(Scenario.values)


def test_a_run_record_says_how_many_customers_were_looked_at_and_what_was_made(owing):
    make_customer()
    make_customer(associated_at=NOW)  # not yet a customer the day before
    make_customer(disassociated_at=NOW)
    generate(TODAY, rules=arrears(), at=NOW)
    run = GenerationRun.objects.get()
    assert (run.looked_at, run.made, run.lapsed) == (2, 1, 0)


def test_an_alert_carries_the_rule_and_its_figures(owing):
    generate(TODAY, at=NOW)
    alert = Alert.objects.get()
    assert alert.rule == Rule.objects.get(scenario="arrears", version=1)
    assert (alert.alert_class, alert.partner_id) == ("resource", owing.partner_id)
    assert alert.facts == {"arrears": "12.00", "grace": 0, "retention": 0}


def test_running_a_date_again_does_nothing(owing):
    generate(TODAY, at=NOW)
    again = generate(TODAY, at=NOW + timedelta(hours=1))
    assert all(result.repeated and not result.made for result in again)
    assert Alert.objects.count() == 1
    assert GenerationRun.objects.filter(rule__scenario="arrears").count() == 1


def test_a_date_made_again_by_hand_does_not_raise_a_handled_alert_again(owing):
    generate(TODAY, partner=owing.partner, at=NOW)
    make_handling(alert=Alert.objects.get())
    assert sum(r.made for r in generate(TODAY, at=NOW)) == 0


def test_the_next_days_alert_lapses_the_pending_one(owing):
    generate(TODAY, at=NOW)
    result = generate(TOMORROW, rules=arrears(), at=LATER)[0]
    first, second = Alert.objects.order_by("raised_on")
    assert (first.state, second.state) == ("lapsed", "pending")
    assert first.lapsed_at and result.lapsed == 1


def test_a_handled_alert_stays_handled_when_the_next_comes(owing):
    generate(TODAY, at=NOW)
    make_handling(alert=Alert.objects.get())
    generate(TOMORROW, at=LATER)
    assert list(Alert.objects.order_by("raised_on").values_list("state", flat=True)) == [
        "handled",
        "pending",
    ]


@pytest.mark.parametrize(("days_ago", "made"), [(1, 0), (29, 0), (30, 1), (31, 1)])
def test_quiet_days_hold_a_sign_back(owing, days_ago, made):
    rule = make_rule(scenario="arrears", quiet_days=30)
    since = TODAY - timedelta(days=days_ago)
    make_alert(customer=owing, scenario="arrears", raised_on=since, state="handled")
    assert generate(TODAY, rules=[rule], at=NOW)[0].made == made


def test_a_past_date_does_not_overtake_a_later_alert(owing):
    make_complete(day=YESTERDAY, days=3)
    make_alert(customer=owing, scenario="arrears", raised_on=TODAY, cause=TODAY.isoformat())
    assert generate(YESTERDAY, rules=arrears(), at=NOW)[0].made == 0
    assert Alert.objects.get().state == "pending"


def test_a_run_for_one_partner_leaves_the_others_to_the_run_for_all(owing):
    other = make_customer(arrears=5)
    generate(TODAY, partner=other.partner, rules=arrears(), at=NOW)
    assert Alert.objects.get().customer == other
    assert generate(TODAY, rules=arrears(), at=NOW)[0].made == 1


def test_a_partner_without_customers_gets_nothing(owing):
    result = generate(TODAY, partner=make_partner(), rules=arrears(), at=NOW)[0]
    assert (result.looked_at, result.made) == (0, 0)


def test_a_newer_version_of_a_rule_takes_over_on_its_day(owing):
    make_rule(scenario="arrears", valid_from=TOMORROW, is_enabled=False)
    assert "arrears" in {r.rule.scenario for r in generate(TODAY, at=NOW)}
    assert "arrears" not in {r.rule.scenario for r in generate(TOMORROW, at=LATER)}


# ---- refusals ----


def test_an_incomplete_day_before_is_refused_with_a_record():
    with pytest.raises(Refused, match="2026-11-19 的消费数据尚未完整"):
        generate(TODAY, at=NOW)
    run = GenerationRun.objects.get()
    assert (run.state, run.business_date, run.rule) == ("refused", TODAY, None)
    assert "2026-11-19" in run.reason


def test_being_refused_again_is_the_same_record():
    for hours in (0, 1):
        with pytest.raises(Refused):
            generate(TODAY, at=NOW + timedelta(hours=hours))
    assert GenerationRun.objects.get().started_at == NOW


def test_a_date_ahead_is_refused():
    make_complete(day=TODAY)
    with pytest.raises(Refused, match="尚未到来"):
        generate(TOMORROW, at=NOW)


def test_today_is_the_day_in_beijing():
    make_complete(day=TODAY)
    evening = NOW.replace(hour=16)  # 00:00 of the next day in Beijing
    assert generate(TOMORROW, at=evening)


def test_a_rule_that_fails_says_so_and_stops_no_other(owing):
    bad = make_rule(scenario="expiring", parameters={"thresholds": ["soon"]})
    results = {r.rule.scenario: r for r in generate(TODAY, at=NOW)}
    assert results["expiring"].state == "failed"
    assert results["arrears"].made == 1
    run = GenerationRun.objects.get(rule=bad)
    assert (run.state, run.made) == ("failed", 0)
    assert "提前天数" in run.reason


def test_a_failed_rule_runs_when_it_was_mended(owing):
    make_rule(scenario="expiring", parameters={"thresholds": ["soon"]})
    generate(TODAY, at=NOW)
    make_rule(scenario="expiring", parameters={"thresholds": [1]})
    states = {r.rule.scenario: (r.state, r.repeated) for r in generate(TODAY, at=LATER)}
    assert states["expiring"] == ("done", False)
    assert states["arrears"] == ("done", True)


# ---- trying ----


def test_a_dry_run_says_how_many_and_whom_and_changes_nothing(owing):
    generate(TODAY, at=NOW)
    result = generate(TOMORROW, rules=arrears(), dry_run=True, at=LATER)[0]
    assert (result.made, result.lapsed) == (1, 1)
    assert result.sample[0].number == owing.number
    assert Alert.objects.get().state == "pending"
    assert not GenerationRun.objects.filter(business_date=TOMORROW).exists()


def test_a_dry_run_takes_a_rule_that_is_not_stored(owing):
    rule = Rule(scenario="arrears", parameters={}, quiet_days=1)
    assert generate(TODAY, rules=[rule], dry_run=True, at=NOW)[0].made == 1


def test_a_dry_run_names_at_most_twenty():
    make_complete(day=YESTERDAY)
    partner = make_partner()
    for _ in range(21):
        make_customer(partner=partner, arrears=1)
    result = generate(TODAY, rules=arrears(), dry_run=True, at=NOW)[0]
    assert (result.made, len(result.sample)) == (21, 20)


def test_a_refused_dry_run_leaves_no_record():
    with pytest.raises(Refused):
        generate(TODAY, dry_run=True, at=NOW)
    assert not GenerationRun.objects.exists()


# ---- gaps in the days that a rule reads ----


def states(business_date=TODAY):
    return {r.rule.scenario: r.state for r in generate(business_date, at=NOW)}


def reading():
    """零消费 reads four days, 余额不足 two."""
    make_rule(
        scenario="no_spending",
        parameters={"silent_days": 2, "active_days": 1, "history_days": 2},
    )
    make_rule(scenario="low_balance", parameters={"days": 7, "spend_days": 2})


@pytest.mark.parametrize(("gap", "refused"), [(2, True), (4, True), (5, False)])
def test_a_rule_is_refused_while_a_day_that_it_reads_is_missing(gap, refused):
    reading()
    make_complete(day=YESTERDAY, days=9)
    missing = TODAY - timedelta(days=gap)
    ConsumptionDay.objects.filter(day=missing).delete()
    assert (states()["no_spending"] == "refused") is refused


def test_a_refused_rule_names_the_missing_day_and_stops_no_other():
    reading()
    make_complete(day=YESTERDAY, days=9)
    ConsumptionDay.objects.filter(day=TODAY - timedelta(days=3)).delete()
    found = states()
    assert (found["low_balance"], found["arrears"]) == ("done", "done")
    run = GenerationRun.objects.get(state="refused", rule__scenario="no_spending")
    assert run.reason == "2026-11-17 的消费数据尚未完整，不能生成 2026-11-20 的“零消费”预警。"


def test_being_refused_again_for_the_same_gap_is_the_same_record():
    make_complete(day=YESTERDAY, days=9)
    ConsumptionDay.objects.filter(day=TODAY - timedelta(days=3)).delete()
    states()
    states()
    assert GenerationRun.objects.filter(state="refused", rule__scenario="no_spending").count() == 1


def test_days_before_the_first_complete_one_are_no_gap():
    make_complete(day=YESTERDAY, days=30)
    assert set(states().values()) == {"done"}


def test_a_rule_with_a_gap_is_made_once_the_day_is_complete():
    make_complete(day=YESTERDAY, days=9)
    missing = TODAY - timedelta(days=3)
    ConsumptionDay.objects.filter(day=missing).delete()
    assert states()["no_login"] == "refused"
    make_complete(day=missing)
    assert states()["no_login"] == "done"


def test_a_dry_run_says_that_there_is_a_gap():
    make_complete(day=YESTERDAY, days=9)
    ConsumptionDay.objects.filter(day=TODAY - timedelta(days=3)).delete()
    rules = list(Rule.objects.in_force(TODAY).filter(scenario="no_spending"))
    result = generate(TODAY, rules=rules, dry_run=True, at=NOW)[0]
    assert (result.state, "2026-11-17" in result.reason) == ("refused", True)
    assert not GenerationRun.objects.exists()
