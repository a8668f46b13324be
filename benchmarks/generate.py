"""Generation of all rules against the bare SQL of the same rules."""

from typing import Any

from django.utils.translation import gettext as _

from . import database
from .database import Say
from .report import judged, middle

ROUNDS = 3
RATIO = 1.5


def run(customers: int, *, rounds: int, say: Say) -> dict[str, Any]:
    world = database.ensure(customers, say)
    say(_("生成预警 %(rounds)s 轮 …") % {"rounds": rounds})
    found = database.run_inside(
        *(world, "generate_rounds"),
        business_date=world.business_date.isoformat(),
        rounds=rounds,
        seed=database.SEED,
    )
    return {"all_rules": _result(customers, found)}


def _result(customers: int, found: dict[str, Any]) -> dict[str, Any]:
    """The same alerts must come of both, and none of a second run."""
    rounds = found["rounds"]
    made = {each[kind]["made"] for each in rounds for kind in ("app", "floor")}
    if len(made) != 1:
        raise RuntimeError(f"the rules made {made} alerts")
    times = [each["app"]["ms"] for each in rounds]
    result = {
        "p50_ms": middle(times),
        "p95_ms": round(max(times), 3),
        "floor_ms": middle(each["floor"]["ms"] for each in rounds),
        "ratio": middle(each["app"]["ms"] / each["floor"]["ms"] for each in rounds),
        "made": made.pop(),
        "rules": found["rules"],
        "customers_per_second": round(customers / (middle(times) / 1000)),
        "rerun_ms": round(found["rerun"]["ms"], 3),
        "rerun_made": found["rerun"]["made"],
        "peak_mb": found["peak_mb"],
        "slowest": found["slowest"],
    }
    return judged(result, ratio=("<=", RATIO), rerun_made=("<=", 0))
