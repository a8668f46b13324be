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

    A scenario is due on every date that has no finished run, from the date of its first one on;
    if it never ran, only `today`. One that fails or is refused waits: its later dates come after.
    Stops at the first date whose day before is not complete (Refused, and a run record says so).
    What an earlier, killed run made is announced.
    """
    announce(at=at)
    done: dict[date, list[RunResult]] = {}
    waiting: set[str] = set()
    for day, due in _due(today, at=at):
        if rules := [rule for rule in due if rule.scenario not in waiting]:
            done[day] = generate(day, rules=rules, at=at)
            waiting |= {each.rule.scenario for each in done[day] if not each.is_done}
    return done


def _due(today: date, *, at: datetime) -> list[tuple[date, list[Rule]]]:
    """The last days, each with the rules in force on it that have no finished run."""
    earliest = today - timedelta(days=MOST_DAYS - 1)
    days = [earliest + timedelta(days=n) for n in range(MOST_DAYS)]
    with tenancy.vendor():
        begun = _begun()
        _record_skipped(earliest - ONE_DAY, begun, at=at)
        recent = GenerationRun.objects.finished().filter(business_date__gte=earliest)
        done = set(recent.values_list("rule__scenario", "business_date"))

        def is_due(rule: Rule, day: date) -> bool:
            return begun.get(rule.scenario, today) <= day and (rule.scenario, day) not in done

        due = [(day, [r for r in Rule.objects.in_force(day) if is_due(r, day)]) for day in days]
    return [(day, rules) for day, rules in due if rules]


def _begun() -> dict[str, date]:
    """The date of each scenario's first run; an older date made by hand later begins nothing."""
    first = GenerationRun.objects.finished().order_by("rule__scenario", "pk")
    return dict(first.distinct("rule__scenario").values_list("rule__scenario", "business_date"))


def _record_skipped(last: date, begun: dict[str, date], *, at: datetime) -> None:
    """Say once which days of a rule end with this one and are too long ago to be made."""
    reason = _("%(first)s 至 %(last)s 的预警未生成：距今超过 %(days)s 天，不再补生成。")
    done = GenerationRun.objects.finished().filter(business_date__lte=last)
    until = dict(done.order_by().values_list("rule__scenario").annotate(Max("business_date")))
    for rule in Rule.objects.in_force(last):
        if begun.get(rule.scenario, last) < last and until[rule.scenario] < last:
            values = {"first": until[rule.scenario] + ONE_DAY, "last": last, "days": MOST_DAYS}
            record_refusal(last, reason % values, rule=rule, at=at)
