"""Two workers, two beats: everything once."""

import pytest

from activity.models import Notification
from followups.generation import catch_up, generate
from followups.models import Alert, GenerationRun, Rule
from tests.factories import (
    NOW,
    TODAY,
    make_complete,
    make_customer,
    make_member,
    make_partner,
)
from tests.race import race

pytestmark = pytest.mark.django_db(transaction=True)
TOMORROW = TODAY.replace(day=TODAY.day + 1)
LATER = NOW.replace(day=NOW.day + 1)


@pytest.fixture
def owing():
    make_complete(day=TODAY, days=3)
    partner = make_partner()
    manager = make_member(partner=partner)
    return [make_customer(manager=manager, arrears=1) for _ in range(30)]


def test_four_runs_of_one_date_make_each_alert_once(owing):
    results = race(lambda: generate(TODAY, at=NOW))
    assert not [r for r in results if isinstance(r, Exception)]
    assert sum(one.made for result in results for one in result) == 30
    assert Alert.objects.count() == 30
    assert GenerationRun.objects.filter(state="done").count() == 8


def test_the_owner_is_told_once_by_four_runs(owing):
    race(lambda: generate(TODAY, at=NOW))
    assert [n.params["total"] for n in Notification.objects.all()] == [30]


def test_neighbouring_dates_at_once_leave_one_pending_alert_each(owing):
    rules = list(Rule.objects.filter(scenario="arrears"))
    days = iter([TODAY, TOMORROW, TODAY, TOMORROW])
    results = race(lambda: generate(next(days), rules=rules, at=LATER))
    assert not [r for r in results if isinstance(r, Exception)]
    assert Alert.objects.filter(state="pending").count() == 30
    assert set(Alert.objects.filter(state="pending").values_list("raised_on", flat=True)) == {
        TOMORROW
    }


def test_two_beats_catch_up_once(owing):
    generate(TODAY, at=NOW)
    race(lambda: catch_up(TOMORROW, at=LATER), times=2)
    done = GenerationRun.objects.filter(state="done")
    assert done.count() == 16
    assert Alert.objects.filter(raised_on=TOMORROW).count() == 30
