from datetime import timedelta

import pytest

from core.refusals import Refused
from followups.generation import catch_up, generate, sql
from followups.generation.catch_up import MOST_DAYS
from followups.models import Alert, GenerationRun, Rule
from tests.factories import NOW, TODAY, make_complete, make_customer, make_rule

pytestmark = pytest.mark.django_db


def day(back: int):
    return TODAY - timedelta(days=back)


def at(back: int):
    return NOW - timedelta(days=back)


def test_the_first_run_ever_makes_today_only():
    make_complete(day=day(1), days=20)
    assert list(catch_up(TODAY, at=NOW)) == [TODAY]


def test_missed_days_are_made_up_for_in_order():
    make_complete(day=day(1), days=20)
    make_customer(arrears=1)
    generate(day(4), at=at(4))
    assert list(catch_up(TODAY, at=NOW)) == [day(3), day(2), day(1), TODAY]
    states = Alert.objects.order_by("raised_on").values_list("raised_on", "state")
    assert list(states) == [
        *((day(back), "lapsed") for back in (4, 3, 2, 1)),
        (TODAY, "pending"),
    ]


def test_a_second_call_finds_nothing_due():
    make_complete(day=day(1), days=20)
    catch_up(TODAY, at=NOW)
    assert catch_up(TODAY, at=NOW + timedelta(minutes=30)) == {}


def test_it_stops_at_the_first_incomplete_day_and_says_so():
    make_complete(day=day(5))
    make_complete(day=day(4))
    make_complete(day=day(1), days=2)  # day(3) is missing
    generate(day(4), at=at(4))
    with pytest.raises(Refused):
        catch_up(TODAY, at=NOW)
    done = GenerationRun.objects.filter(state="done").values_list("business_date", flat=True)
    assert set(done) == {day(4), day(3)}
    assert GenerationRun.objects.get(state="refused").business_date == day(2)


def test_it_goes_on_when_the_day_was_completed():
    make_complete(day=day(2))
    generate(day(1), at=at(1))
    with pytest.raises(Refused):
        catch_up(TODAY, at=NOW)
    make_complete(day=day(1))
    assert list(catch_up(TODAY, at=NOW + timedelta(hours=3))) == [TODAY]


def test_a_rule_that_was_not_reached_is_made_up_for_alone():
    make_complete(day=day(1))
    some = Rule.objects.in_force(TODAY).exclude(scenario="arrears")
    generate(TODAY, rules=list(some), at=NOW)
    results = catch_up(TODAY, at=NOW + timedelta(minutes=30))[TODAY]
    assert [(r.rule.scenario, r.repeated) for r in results] == [("arrears", False)]


def test_a_run_for_one_partner_is_no_run_for_all():
    make_complete(day=day(1), days=3)
    customer = make_customer()
    generate(day(1), partner=customer.partner, at=at(1))
    assert list(catch_up(TODAY, at=NOW)) == [TODAY]


def test_no_more_than_thirty_days_are_made_up_for_and_the_rest_is_recorded():
    make_complete(day=day(1), days=60)
    make_rule(scenario="arrears", valid_from=day(100))
    make_customer()
    generate(day(40), at=at(40))
    made = list(catch_up(TODAY, at=NOW))
    assert (made[0], len(made)) == (day(MOST_DAYS - 1), MOST_DAYS)
    skipped = GenerationRun.objects.get(state="refused", rule__scenario="arrears")
    assert f"{day(39)} 至 {day(30)}" in skipped.reason


def test_the_rules_of_each_day_are_those_in_force_on_it():
    make_complete(day=day(1), days=20)
    generate(day(2), at=at(2))
    make_rule(scenario="arrears", valid_from=TODAY, is_enabled=False)
    made = catch_up(TODAY, at=NOW)
    scenarios = {on: {r.rule.scenario for r in results} for on, results in made.items()}
    assert "arrears" not in scenarios[TODAY]


def done_dates(scenario: str):
    runs = GenerationRun.objects.finished().filter(rule__scenario=scenario)
    return [date for (date,) in runs.order_by("pk").values_list("business_date")]


@pytest.fixture
def failing(monkeypatch):
    """`failing(scenario, *dates)`: the SQL of the scenario fails on these dates."""

    right = sql.select

    def fail(scenario, *dates):
        def select(asked, raw, on, partner_id):
            if asked == scenario and on in dates:
                raise ZeroDivisionError("planted")
            return right(asked, raw, on, partner_id)

        monkeypatch.setattr(sql, "select", select)

    return fail


def test_a_date_that_failed_is_made_though_a_later_one_was_done(failing):
    make_complete(day=day(1), days=20)
    generate(day(2), at=at(2))
    failing("arrears", day(1))
    generate(day(1), at=at(1))
    failing("arrears")
    generate(TODAY, at=NOW)
    made = catch_up(TODAY, at=NOW)
    assert {on: [r.rule.scenario for r in results] for on, results in made.items()} == {
        day(1): ["arrears"]
    }


def test_days_of_an_outage_are_made_though_today_was_made_by_hand():
    make_complete(day=day(1), days=20)
    generate(day(4), at=at(4))
    generate(TODAY, at=NOW)
    assert list(catch_up(TODAY, at=NOW)) == [day(3), day(2), day(1)]


def test_a_scenario_that_fails_waits_with_its_later_dates_and_the_others_go_on(failing):
    make_complete(day=day(1), days=20)
    generate(day(3), at=at(3))
    failing("arrears", day(2))
    made = catch_up(TODAY, at=NOW)
    assert [result.state for result in made[day(2)] if result.rule.scenario == "arrears"] == [
        "failed"
    ]
    assert done_dates("arrears") == [day(3)]
    assert done_dates("leaving") == [day(3), day(2), day(1), TODAY]
    failing("arrears")
    catch_up(TODAY, at=NOW + timedelta(minutes=30))
    assert done_dates("arrears") == [day(3), day(2), day(1), TODAY]


def test_a_missed_date_that_gets_too_old_is_recorded_for_its_rule():
    make_complete(day=day(1), days=60)
    everything = list(Rule.objects.in_force(TODAY))
    others = [rule for rule in everything if rule.scenario != "arrears"]
    generate(day(31), at=at(31))
    generate(day(30), rules=others, at=at(30))
    for _ in range(2):
        catch_up(TODAY, at=NOW)
    skipped = GenerationRun.objects.get(state="refused")
    assert (skipped.rule.scenario, skipped.business_date) == ("arrears", day(30))


def test_an_older_date_made_by_hand_does_not_make_the_days_between_due():
    make_complete(day=day(1), days=20)
    generate(day(1), at=at(1))
    generate(day(10), at=NOW)
    assert list(catch_up(TODAY, at=NOW)) == [TODAY]


def test_a_day_on_which_a_rule_was_off_is_not_due():
    make_complete(day=day(1), days=20)
    generate(day(4), at=at(4))
    make_rule(scenario="arrears", valid_from=day(3), is_enabled=False)
    make_rule(scenario="arrears", valid_from=day(1))
    catch_up(TODAY, at=NOW)
    assert done_dates("arrears") == [day(4), day(1), TODAY]
