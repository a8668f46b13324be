"""The night, and every night that was missed."""

from datetime import date, datetime, timedelta

from django.db.models import Max
from django.utils.translation import gettext as _

from core import tenancy

from ..models import GenerationRun, Rule
from .announce import announce
from .run import RunResult, generate, record_refusal

MOST_DAYS = 30  # made up for, `today` included
ONE_DAY = timedelta(days=1)


def catch_up(today: date, *, at: datetime) -> dict[date, list[RunResult]]:
    """Raise the alerts of each business date that is due, oldest first.

    A scenario is due on every date since the last one done; if it never ran, only `today`. Stops
    at the first date whose consumption is not complete (Refused, and a run record says so): a
    later date would take the gap for silence. What an earlier, killed run made is announced.
    """
    announce(at=at)
    done: dict[date, list[RunResult]] = {}
    for day, rules in _due(today, at=at):
        done[day] = generate(day, rules=rules, at=at)
    return done


def _due(today: date, *, at: datetime) -> list[tuple[date, list[Rule]]]:
    """The due dates, each with the rules that wait."""
    with tenancy.vendor():
        last = _last_done(today)
        earliest = today - timedelta(days=MOST_DAYS - 1)
        first = max(min(last.values(), default=today) + ONE_DAY, earliest)
        days = [first + timedelta(days=n) for n in range((today - first).days + 1)]
        waiting = [(day, _waiting(day, last)) for day in days]
        if skipped := [since for since in last.values() if since + ONE_DAY < earliest]:
            _record_skipped(min(skipped) + ONE_DAY, earliest - ONE_DAY, at=at)
    return [(day, rules) for day, rules in waiting if rules]


def _waiting(day: date, last: dict[str, date]) -> list[Rule]:
    in_force = Rule.objects.in_force(day)
    return [rule for rule in in_force if rule.scenario in last and last[rule.scenario] < day]


def _last_done(today: date) -> dict[str, date]:
    """The last date done for each scenario that is in force today; yesterday if it never ran."""
    done = GenerationRun.objects.filter(
        state=GenerationRun.State.DONE, partner__isnull=True, business_date__lte=today
    )
    last = dict(done.order_by().values_list("rule__scenario").annotate(Max("business_date")))
    scenarios = Rule.objects.in_force(today).values_list("scenario", flat=True)
    return {scenario: last.get(scenario, today - ONE_DAY) for scenario in scenarios}


def _record_skipped(first: date, last: date, *, at: datetime) -> None:
    reason = _("%(first)s 至 %(last)s 的预警未生成：距今超过 %(days)s 天，不再补生成。")
    values = {"first": first, "last": last, "days": MOST_DAYS}
    record_refusal(last, reason % values, at=at)
