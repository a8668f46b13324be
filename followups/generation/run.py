"""Raises the alerts of a business date: per rule one transaction, one set of statements.

Hits go into a temporary table, those still in their quiet days are left out, older pending
alerts of the same sign lapse, and the rest is inserted over the natural key. Running it twice,
in two workers at once, or again after a kill makes the same alerts once
(docs/decisions/0007-generation.md).
"""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from billing.models import ConsumptionDay
from core import tenancy
from core.clock import check_day, day_of
from core.refusals import Refused
from org.models import Partner

from ..models import GenerationRun, Rule
from ..rules import days_read, parse
from . import sql
from .announce import announce
from .locks import hold_scenario

log = logging.getLogger(__name__)

SAMPLE = 20  # customers that a dry run names
# Grouping a million customers wants room; the server's default would sort on disk.
_WORK_MEM = "128MB"


@dataclass(frozen=True)
class Hit:
    """A customer for whom a dry run would raise an alert."""

    partner: str
    number: str
    name: str
    subject: str


@dataclass(frozen=True)
class RunResult:
    """What one rule did on one business date. `repeated`: it was done before, nothing was done."""

    rule: Rule
    state: str
    looked_at: int = 0
    made: int = 0
    lapsed: int = 0
    seconds: float = 0.0
    reason: str = ""
    repeated: bool = False
    sample: tuple[Hit, ...] = ()

    @property
    def is_done(self) -> bool:
        return self.state == GenerationRun.State.DONE


def generate(
    business_date: date,
    *,
    rules: Sequence[Rule] | None = None,
    partner: Partner | None = None,
    dry_run: bool = False,
    at: datetime,
) -> list[RunResult]:
    """Raise the alerts of a business date, from the consumption of the days before it, and tell
    the owners. An alert's `raised_at` is the instant its rule began: `at` or a moment later.

    Args:
        rules: instead of those in force on the date; for a dry run they need not be stored.
        partner: only its customers. Such a run neither replaces nor hinders the run for all.
        dry_run: count and name whom it would be, and change nothing.

    Raises Refused, with a run record that says why, when the day before is not complete or the
    date lies ahead. A rule that misses an earlier day of those that it reads is refused alone,
    one that fails is recorded; neither stops the others.
    """
    check_day(business_date, _("业务日期"))
    with tenancy.vendor():
        reason = _refusal(business_date, day_of(at))
        if rules is None:
            rules = list(Rule.objects.in_force(business_date))
        looked_at = 0 if reason else _count_customers(business_date, partner)
    if reason:
        if not dry_run:
            record_refusal(business_date, reason, partner=partner, at=at)
        raise Refused(reason)
    if not rules:
        raise Refused(_("%(day)s 没有生效的预警规则。") % {"day": business_date})
    started, one = time.monotonic(), _try_rule if dry_run else _run_rule
    results = []
    for rule in rules:
        now = at + timedelta(seconds=time.monotonic() - started)
        results.append(one(rule, business_date, partner, looked_at, now))
    if not dry_run:
        announce(at=at)
    return results


def record_refusal(
    business_date: date,
    reason: str,
    *,
    rule: Rule | None = None,
    partner: Partner | None = None,
    at: datetime,
) -> None:
    """Leave word, once, that a date or one rule of it was not generated."""
    state = GenerationRun.State.REFUSED
    with tenancy.vendor():
        same = GenerationRun.objects.filter(
            rule=rule, business_date=business_date, partner=partner, state=state, reason=reason
        )
        if not same.exists():
            _record(rule, business_date, partner, state, at, at, reason=reason)


def _refusal(business_date: date, today: date) -> str:
    if business_date > today:
        return _("业务日期 %(day)s 尚未到来。") % {"day": business_date}
    before = business_date - timedelta(days=1)
    if not ConsumptionDay.objects.filter(day=before).exists():
        return _("%(before)s 的消费数据尚未完整，不能生成 %(day)s 的预警。") % {
            "before": before,
            "day": business_date,
        }
    return ""


def _gap(rule: Rule, day: date) -> str:
    """Why the rule cannot look at the date, or nothing: a missing day would pass for silence."""
    since = day - timedelta(days=days_read(parse(rule.scenario, rule.parameters)))
    gap = ConsumptionDay.objects.first_gap(since, day - timedelta(days=1))
    if gap is None:
        return ""
    return _("%(gap)s 的消费数据尚未完整，不能生成 %(day)s 的“%(scenario)s”预警。") % {
        "gap": gap,
        "day": day,
        "scenario": rule.get_scenario_display(),
    }


def _count_customers(day: date, partner: Partner | None) -> int:
    with connection.cursor() as cursor:
        cursor.execute(*sql.count_customers(day, partner.pk if partner else None))
        return cursor.fetchone()[0]


# ---- one rule ----


def _run_rule(
    rule: Rule, day: date, partner: Partner | None, looked_at: int, started_at: datetime
) -> RunResult:
    clock = time.monotonic()
    try:
        with tenancy.vendor():
            hold_scenario(rule.scenario)
            if done := _done(rule, day, partner):
                return RunResult(rule, done.state, done.looked_at, repeated=True)
            if reason := _gap(rule, day):
                record_refusal(day, reason, rule=rule, partner=partner, at=started_at)
                return RunResult(rule, GenerationRun.State.REFUSED, reason=reason)
            _collect(rule, day, partner)
            _hold_customers()
            lapsed, made = _lapse_older(rule, started_at), _insert(rule, day, started_at)
            _forget()
            seconds = time.monotonic() - clock
            finished_at = started_at + timedelta(seconds=seconds)
            counts: dict[str, Any] = {"looked_at": looked_at, "made": made, "lapsed": lapsed}
            _record(rule, day, partner, GenerationRun.State.DONE, started_at, finished_at, **counts)
    except Exception as error:
        return _failed(rule, day, partner, started_at, time.monotonic() - clock, error)
    return RunResult(rule, GenerationRun.State.DONE, seconds=seconds, **counts)


def _done(rule: Rule, day: date, partner: Partner | None) -> GenerationRun | None:
    """The finished run for all; one for a single partner is repeated whenever it is asked for."""
    if partner:
        return None
    return GenerationRun.objects.finished().filter(rule=rule, business_date=day).first()


def _failed(
    rule: Rule,
    day: date,
    partner: Partner | None,
    started_at: datetime,
    seconds: float,
    error: Exception,
) -> RunResult:
    """The rule's transaction is undone; say so in one of its own."""
    log.exception("rule %s failed on %s", rule, day)
    reason = f"{type(error).__name__}: {error}"[:500].strip()
    finished_at = started_at + timedelta(seconds=seconds)
    state = GenerationRun.State.FAILED
    with tenancy.vendor():
        _record(rule, day, partner, state, started_at, finished_at, reason=reason)
    return RunResult(rule, state, seconds=seconds, reason=reason)


def _try_rule(
    rule: Rule, day: date, partner: Partner | None, looked_at: int, started_at: datetime
) -> RunResult:
    """The same hits, counted and named; nothing is locked and nothing changed."""
    clock = time.monotonic()
    with tenancy.vendor(), connection.cursor() as cursor:
        if reason := _gap(rule, day):
            return RunResult(rule, GenerationRun.State.REFUSED, reason=reason)
        _collect(rule, day, partner)
        cursor.execute("SELECT count(*) FROM followups_hits")
        made = cursor.fetchone()[0]
        cursor.execute(_WOULD_LAPSE, {"scenario": rule.scenario})
        lapsed = cursor.fetchone()[0]
        cursor.execute(_SAMPLE, {"most": SAMPLE})
        sample = tuple(Hit(*row) for row in cursor.fetchall())
        _forget()
    seconds = time.monotonic() - clock
    return RunResult(rule, "dry_run", looked_at, made, lapsed, seconds, sample=sample)


def _record(
    rule: Rule | None,
    day: date,
    partner: Partner | None,
    state: str,
    started_at: datetime,
    finished_at: datetime,
    **values: Any,
) -> None:
    GenerationRun.objects.create(
        rule=rule,
        business_date=day,
        partner=partner,
        state=state,
        started_at=started_at,
        finished_at=finished_at,
        **values,
    )


# ---- the statements ----

# Left out: what was raised before for the same cause, what is still in its quiet days, and
# whatever a later date already says (a date made up for afterwards does not overtake it).
_COLLECT = """
CREATE TEMPORARY TABLE followups_hits ON COMMIT DROP AS
SELECT h.* FROM ({hits}) h
WHERE NOT EXISTS (
    SELECT FROM followups_alert a
    WHERE a.customer_id = h.customer_id AND a.scenario = %(scenario)s AND a.subject = h.subject
        AND (a.cause = h.cause OR (a.raised_on > %(quiet_since)s AND a.raised_on <> %(day)s))
)
"""
# Customer first, then alert, as an assignment does it; else the two could wait for each other.
_HOLD_CUSTOMERS = """
SELECT count(*) FROM (
    SELECT FROM customers_customer WHERE id IN (SELECT customer_id FROM followups_hits)
    ORDER BY id FOR SHARE
) held
"""
_LAPSE_OLDER = """
UPDATE followups_alert a SET state = 'lapsed', lapsed_at = %(at)s,
    snoozed_until = NULL, snoozed_figure = ''
FROM followups_hits h
WHERE a.customer_id = h.customer_id AND a.scenario = %(scenario)s AND a.subject = h.subject
    AND a.state = 'pending'
"""
_WOULD_LAPSE = """
SELECT count(*) FROM followups_alert a
JOIN followups_hits h ON a.customer_id = h.customer_id AND a.subject = h.subject
WHERE a.scenario = %(scenario)s AND a.state = 'pending'
"""
_INSERT = """
INSERT INTO followups_alert (partner_id, customer_id, scenario, alert_class, rule_id, subject,
    cause, facts, raised_on, raised_at, state)
SELECT h.partner_id, h.customer_id, %(scenario)s, %(alert_class)s, %(rule)s, h.subject,
    h.cause, h.facts, %(day)s, %(at)s, 'pending'
FROM followups_hits h
ORDER BY h.partner_id, h.customer_id, h.subject
ON CONFLICT DO NOTHING
"""
_SAMPLE = """
SELECT p.name, c.number, c.name, h.subject
FROM followups_hits h
JOIN customers_customer c ON c.id = h.customer_id
JOIN org_partner p ON p.id = h.partner_id
ORDER BY h.partner_id, h.customer_id, h.subject
LIMIT %(most)s
"""


def _collect(rule: Rule, day: date, partner: Partner | None) -> None:
    hits, values = sql.select(rule.scenario, rule.parameters, day, partner.pk if partner else None)
    values |= {
        "scenario": rule.scenario,
        "quiet_since": day - timedelta(days=rule.quiet_days),
        "day": day,
    }
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('work_mem', %s, true)", [_WORK_MEM])
        cursor.execute(_COLLECT.replace("{hits}", hits), values)
        cursor.execute("ANALYZE followups_hits")


def _hold_customers() -> None:
    """Nobody assigns these customers until their alerts are made: an alert carries the manager."""
    with connection.cursor() as cursor:
        cursor.execute(_HOLD_CUSTOMERS)


def _forget() -> None:
    """The table goes with its transaction, but a caller's own transaction may have more rules."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE followups_hits")


def _lapse_older(rule: Rule, at: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_LAPSE_OLDER, {"scenario": rule.scenario, "at": at})
        return cursor.rowcount


def _insert(rule: Rule, day: date, at: datetime) -> int:
    values: dict[str, Any] = {
        "scenario": rule.scenario,
        "alert_class": rule.alert_class,
        "rule": rule.pk,
        "day": day,
        "at": at,
    }
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, values)
        return cursor.rowcount
