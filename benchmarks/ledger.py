"""Transfers through the service against pgbench's TPC-B on the same server, in the same rounds."""

import re
import subprocess
from typing import Any

import psycopg
from django.db import connections
from django.utils.translation import gettext as _

from partnercenter.devstack.postgres import bin_dir

from . import database
from .database import Say
from .report import interleaved, judged, middle

ROUNDS = 3
WORLD, SCALE = 2_000, 16  # customers; branches of TPC-B, twice as many as the clients compared
CLIENTS = (1, 8, 32)
SPREAD, HOT, BATCH = 0.3, 200, 2
KINDS = ("spread", "hot", "allocate", "batch")
TPCB = "bench_tpcb"


def run(
    customers: int, *, rounds: int, say: Say, clients: tuple[int, ...], seconds: float
) -> dict[str, Any]:
    """Each round asks each kind with each number of clients, TPC-B among them."""
    world = database.ensure(WORLD, say)
    make_tpcb(say)
    told = {"clients": ", ".join(map(str, clients)), "rounds": rounds}
    say(_("资金变动：%(clients)s 个并发，%(rounds)s 轮 …") % told)
    database.run_inside(world, "open_accounts_of_bench", accounts=1_000)
    found = interleaved(
        [(kind, n) for kind in ("tpcb", *KINDS) for n in clients],
        lambda each: _measure(world, *each, seconds),
        rounds=rounds,
        seed=database.SEED,
    )
    proof = database.run_inside(world, "prove_ledger")
    results = {str(n): _of_clients(found, n) for n in clients}
    return results | {"proof": judged(proof, findings=("<=", 0), lost=("<=", 0), doubled=("<=", 0))}


def _of_clients(found: list[dict[Any, dict[str, float]]], n: int) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for kind in ("tpcb", *KINDS):
        result[f"{kind}_per_second"] = middle(each[kind, n]["per_second"] for each in found)
        if kind != "tpcb":
            result[f"{kind}_p95_ms"] = middle(each[kind, n]["p95_ms"] for each in found)
            ratios = (each[kind, n]["per_second"] / each["tpcb", n]["per_second"] for each in found)
            result[f"{kind}_to_tpcb"] = middle(ratios)
    result["batch_to_spread"] = middle(
        each["batch", n]["per_second"] / each["spread", n]["per_second"] for each in found
    )
    if n != 8:
        return result
    return judged(
        result,
        spread_to_tpcb=(">=", SPREAD),
        hot_per_second=(">=", HOT),
        batch_to_spread=(">=", BATCH),
    )


def _measure(world: database.World, kind: str, clients: int, seconds: float) -> dict[str, float]:
    if kind == "tpcb":
        return tpcb(clients, seconds)
    asked = {"kind": kind, "clients": clients, "seconds": seconds}
    return database.run_inside(world, "move_money", **asked)


# ---- the peer ----


def make_tpcb(say: Say) -> None:
    with database._server() as server:
        known = server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [TPCB]).fetchone()
        if known:
            return
        server.execute(f"CREATE DATABASE {TPCB} TEMPLATE template0")
    say(_("建立 TPC-B 数据库，规模 %(scale)s …") % {"scale": SCALE})
    _pgbench("-i", "-I", "dtGvp", "-s", str(SCALE), "-q")


def tpcb(clients: int, seconds: float) -> dict[str, float]:
    whole = str(max(1, round(seconds)))
    said = _pgbench("-n", "-c", str(clients), "-j", str(min(clients, 2)), "-T", whole)
    (rate,) = re.findall(r"tps = ([0-9.]+) \(without", said)
    return {"per_second": float(rate)}


def _pgbench(*words: str) -> str:
    parameters = connections["owner"].get_connection_params()
    kept = {key: parameters.get(key) for key in ("host", "port", "user", "password")}
    address = psycopg.conninfo.make_conninfo(dbname=TPCB, **{k: v for k, v in kept.items() if v})
    done = subprocess.run(
        [bin_dir() / "pgbench", *words, address], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"pgbench: {done.stderr[-2000:]}")
    return done.stdout
