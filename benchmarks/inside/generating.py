"""Generation, and the bare SQL of the same rules."""

import time
from collections.abc import Callable
from datetime import date
from typing import Any

from django.db import connections, transaction

from core import clock, tenancy
from followups import generation
from followups.generation import sql
from followups.models import Rule

from ..report import interleaved
from .memory import peak_mb


def generate_rounds(business_date: str, rounds: int, seed: int) -> dict[str, Any]:
    """The product's generation and its bare SQL in turns, each as if the day had not been done."""
    day = date.fromisoformat(business_date)
    kinds = {"app": _generate, "floor": _bare_sql}
    found = interleaved(
        list(kinds), lambda kind: _from_nothing(kinds[kind], day), rounds=rounds, seed=seed
    )
    last = _from_nothing(_generate, day)  # leaves the alerts that pages show
    with connections["owner"].cursor() as cursor:
        cursor.execute("TRUNCATE followups_generationrun")  # else it would only say "done before"
    rerun = _timed(_generate, day)
    return {
        "rounds": found,
        "rerun": rerun,
        "rules": last["rules"],
        "slowest": last["slowest"],
        "peak_mb": peak_mb(),
    }


def _from_nothing(generate: Callable[[date], dict[str, Any]], day: date) -> dict[str, Any]:
    with connections["owner"].cursor() as cursor:
        cursor.execute("TRUNCATE followups_generationrun, activity_notification")
        cursor.execute("DELETE FROM followups_alert WHERE raised_on = %s", [day])
        cursor.execute("VACUUM followups_alert")
    return _timed(generate, day)


def _timed(generate: Callable[[date], dict[str, Any]], day: date) -> dict[str, Any]:
    began = time.perf_counter()
    made = generate(day)
    return made | {"ms": (time.perf_counter() - began) * 1000}


def _generate(day: date) -> dict[str, Any]:
    results = generation.generate(day, at=clock.now())
    slowest = max(results, key=lambda result: result.seconds)
    return {
        "made": sum(result.made for result in results),
        "rules": len(results),
        "slowest": {"scenario": slowest.rule.scenario, "seconds": round(slowest.seconds, 2)},
    }


_BARE_INSERT = """
INSERT INTO followups_alert (partner_id, customer_id, scenario, alert_class, rule_id, subject,
    cause, facts, raised_on, raised_at, state)
SELECT h.partner_id, h.customer_id, %(scenario)s, %(alert_class)s, %(rule)s, h.subject, h.cause,
    h.facts, %(day)s, now(), 'pending'
FROM ({hits}) h ON CONFLICT DO NOTHING
"""


def _bare_sql(day: date) -> dict[str, Any]:
    """One INSERT … SELECT for each rule, as the owner: no lock, no quiet days, no record."""
    with tenancy.vendor():
        rules = list(Rule.objects.in_force(day))
    made = 0
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '128MB'")
        for rule in rules:
            hits, values = sql.select(rule.scenario, rule.parameters, day, None)
            values |= {
                "scenario": rule.scenario,
                "alert_class": rule.alert_class,
                "rule": rule.pk,
                "day": day,
            }
            cursor.execute(_BARE_INSERT.replace("{hits}", hits), values)
            made += cursor.rowcount
    return {"made": made}
