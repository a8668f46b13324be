"""When an e-mail may go. Hours are Beijing's, instants UTC: 22:00 there is 14:00 here."""

from datetime import UTC, datetime, timedelta

import pytest

from activity.rules import Quiet, after_quiet, goes_at, next_hour

NIGHT, LUNCH = Quiet(22, 8), Quiet(12, 14)
SECOND = timedelta(seconds=1)


def beijing(hour: int, minute: int = 0, day: int = 20) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC) - timedelta(hours=8)


@pytest.mark.parametrize(
    ("at", "quiet"),
    [
        (beijing(22) - SECOND, False),
        (beijing(22), True),
        (beijing(23, 59), True),
        (beijing(0), True),
        (beijing(8) - SECOND, True),
        (beijing(8), False),
        (beijing(12), False),
    ],
)
def test_the_night_lies_between_its_first_hour_and_the_morning(at, quiet):
    assert NIGHT.covers(at) == quiet


@pytest.mark.parametrize(("hour", "quiet"), [(11, False), (12, True), (13, True), (14, False)])
def test_quiet_hours_may_lie_within_a_day(hour, quiet):
    assert LUNCH.covers(beijing(hour)) == quiet


def test_what_falls_into_the_night_goes_in_the_morning():
    assert after_quiet(beijing(22), NIGHT) == beijing(8, day=21)
    assert after_quiet(beijing(0, 30), NIGHT) == beijing(8)
    assert after_quiet(beijing(8), NIGHT) == beijing(8)
    assert after_quiet(beijing(3), None) == beijing(3)


def test_the_digest_goes_at_its_hour_of_the_same_day_or_the_next():
    assert next_hour(9, beijing(9)) == beijing(9)
    assert next_hour(9, beijing(9) - SECOND) == beijing(9)
    assert next_hour(9, beijing(9) + SECOND) == beijing(9, day=21)


def test_a_digest_that_was_missed_goes_now():
    told, late = beijing(7), beijing(15, 20)
    assert goes_at(told, late, digest_hour=9, quiet=None) == late


def test_a_digest_in_the_quiet_hours_goes_after_them():
    assert goes_at(beijing(20), beijing(20), digest_hour=23, quiet=NIGHT) == beijing(8, day=21)
