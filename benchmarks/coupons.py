"""Coupons issued one at a time against pgbench's TPC-B, 5,000 of them by a file, and the race."""

from typing import Any

from django.utils.translation import gettext as _

from . import database
from .database import Say
from .ledger import make_tpcb, tpcb
from .report import interleaved, judged, middle

ROUNDS = 3
WORLD = 2_000  # customers
SINGLE, BY_FILE, SECONDS = 0.25, 5_000, 5
CROWD, RACE = {"issuers": 64, "reclaimers": 32, "users": 32}, 60  # clients; seconds
NEVER = dict.fromkeys(
    ("lost", "doubled", "used_after_reclaim", "negative", "deadlocks", "findings"), ("<=", 0)
)


def run(
    customers: int, *, rounds: int, say: Say, clients: tuple[int, ...], seconds: float
) -> dict[str, Any]:
    """Each round asks TPC-B and issuing with each number of clients, and one file."""
    world = database.ensure(WORLD, say)
    make_tpcb(say)
    told = {"clients": ", ".join(map(str, clients)), "rounds": rounds}
    say(_("发放券：%(clients)s 个并发，%(rounds)s 轮 …") % told)
    database.run_inside(world, "grant_quotas_of_bench")
    found = interleaved(
        [(kind, n) for kind in ("tpcb", "single") for n in clients] + [("file", 1)],
        lambda each: _measure(world, *each, seconds),
        rounds=rounds,
        seed=database.SEED,
    )
    raced = database.run_inside(world, "race_coupons", **CROWD, seconds=RACE)
    results = {str(n): _of_clients(found, n) for n in clients}
    return results | {"file": _of_files(found), "race": judged(raced, **NEVER)}


def _measure(world: database.World, kind: str, clients: int, seconds: float) -> dict[str, Any]:
    if kind == "tpcb":
        return tpcb(clients, seconds)
    if kind == "file":
        return database.run_inside(world, "issue_by_file", coupons=BY_FILE)
    return database.run_inside(world, "issue_coupons_of_bench", clients=clients, seconds=seconds)


def _of_clients(found: list[dict[Any, dict[str, Any]]], n: int) -> dict[str, Any]:
    result = {
        "tpcb_per_second": middle(each["tpcb", n]["per_second"] for each in found),
        "single_per_second": middle(each["single", n]["per_second"] for each in found),
        "single_p95_ms": middle(each["single", n]["p95_ms"] for each in found),
        "single_to_tpcb": middle(
            each["single", n]["per_second"] / each["tpcb", n]["per_second"] for each in found
        ),
    }
    return judged(result, single_to_tpcb=(">=", SINGLE)) if n == 8 else result


def _of_files(found: list[dict[Any, dict[str, Any]]]) -> dict[str, Any]:
    files = [each["file", 1] for each in found]
    result = {
        "coupons": min(each["coupons"] for each in files),
        "seconds": middle(each["seconds"] for each in files),
        "steps_ms": files[-1]["steps_ms"],
    }
    return judged(result, seconds=("<=", SECONDS), coupons=(">=", BY_FILE))
