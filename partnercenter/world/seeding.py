"""Puts a whole world into an empty database."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from multiprocessing import get_context
from typing import Any

from django.db import connections, transaction
from django.utils.translation import gettext as _

from core.clock import first_of_month, start_of

from . import chunks, consumption, customers, loading, people, resources
from .chunks import Chunk
from .plan import Plan, Spec
from .services import PROVIDER, SERVICES

Say = Callable[[str], None]

COLUMNS = {
    **customers.COLUMNS,
    resources.TABLE: resources.COLUMNS,
    consumption.MONTHLY: consumption.MONTHLY_COLUMNS,
}
# A world smaller than this is made in this process: starting others would take longer.
SMALL = 20_000
PROCESSES = 2
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('partnercenter.seed_world'))"
_MUST_BE_EMPTY = (
    *("org_partner", "customers_cloudaccount", "customers_customer", "billing_resource"),
    *("billing_dailyconsumption", "billing_monthlyconsumption", "billing_consumptionday"),
)


class NotEmpty(Exception):
    """The database holds partners, customers or figures already."""


def is_empty() -> bool:
    with connections["owner"].cursor() as cursor:
        return _is_empty(cursor)


def seed(spec: Spec, say: Say = lambda text: None) -> dict[str, int]:
    """Make the world and load it, as the owner, in one transaction; returns rows by table.

    Raises:
        NotEmpty: nothing is changed then.
    """
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        cursor.execute(_LOCK)
        if not _is_empty(cursor):
            raise NotEmpty
        loading.prepare(cursor)
        spec = replace(spec, first_user=_next_user(cursor))
        plan, service_ids = Plan(spec), _services(cursor)
        say(_("写入 %(count)s 个伙伴及其成员 …") % {"count": spec.partners})
        counts = _load_people(cursor, plan)
        counts += _load_customers(cursor, spec, service_ids, say)
        _complete_days(cursor, spec)
        loading.set_sequences(cursor, [*people.COLUMNS, *customers.COLUMNS, resources.TABLE])
    _vacuum(say)
    return dict(sorted(counts.items()))


def _is_empty(cursor: Any) -> bool:
    questions = " OR ".join(f"EXISTS (SELECT FROM {table})" for table in _MUST_BE_EMPTY)
    cursor.execute(f"SELECT NOT ({questions})")
    return cursor.fetchone()[0]


def _next_user(cursor: Any) -> int:
    cursor.execute("SELECT coalesce(max(id), 0) + 1 FROM org_user")
    return cursor.fetchone()[0]


def _services(cursor: Any) -> list[int]:
    """Database ids of SERVICES, in their order."""
    cursor.executemany(
        "INSERT INTO billing_service (provider, name, category) VALUES (%s, %s, %s)"
        " ON CONFLICT DO NOTHING",
        [(PROVIDER, service.name, service.category) for service in SERVICES],
    )
    cursor.execute("SELECT name, id FROM billing_service WHERE provider = %s", [PROVIDER])
    ids = dict(cursor.fetchall())
    return [ids[service.name] for service in SERVICES]


def _load_people(cursor: Any, plan: Plan) -> Counter[str]:
    counts: Counter[str] = Counter()
    for table, text in people.rows(plan).items():
        loading.copy(cursor, table, people.COLUMNS[table], [text.encode()])
        counts[table] = text.count("\n")
    # What they point at is checked now: a table with checks waiting cannot be altered.
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    return counts


def _load_customers(cursor: Any, spec: Spec, service_ids: list[int], say: Say) -> Counter[str]:
    months = sorted({first_of_month(day) for day in spec.days})
    counts: Counter[str] = Counter()
    done = 0
    with loading.bare_partitions(cursor, months), loading.bare(cursor, COLUMNS):
        for chunk in _chunks(spec, service_ids):
            counts += _load_chunk(cursor, chunk)
            before, done = done, done + chunk.customers
            if done * 10 // spec.customers > before * 10 // spec.customers:
                values = {"done": f"{done:,}", "all": f"{spec.customers:,}"}
                say(_("已写入 %(done)s / %(all)s 个客户") % values)
        say(_("建立索引并检查外键 …"))
    return counts


def _load_chunk(cursor: Any, chunk: Chunk) -> Counter[str]:
    counts: Counter[str] = Counter()
    for table, text in chunk.tables.items():
        is_daily = table.startswith(consumption.DAILY)
        columns = consumption.DAILY_COLUMNS if is_daily else COLUMNS[table]
        loading.copy(cursor, table, columns, [text], frozen=is_daily)
        counts[consumption.DAILY if is_daily else table] += text.count(b"\n")
    return counts


# ---- making chunks ----


def _chunks(spec: Spec, service_ids: list[int]) -> Iterator[Chunk]:
    """All chunks in order; two processes work ahead by a few, so that memory stays flat."""
    if spec.customers <= SMALL:
        maker = chunks.Maker(spec, service_ids)
        yield from map(maker.make, chunks.starts(spec))
        return
    with _pool(spec, service_ids) as pool:
        starts = iter(chunks.starts(spec))
        waiting: list[Future[Chunk]] = [
            pool.submit(chunks.make, start) for start in islice(starts, 2 * PROCESSES)
        ]
        while waiting:
            chunk = waiting.pop(0).result()
            waiting += [pool.submit(chunks.make, start) for start in islice(starts, 1)]
            yield chunk


@contextmanager
def _pool(spec: Spec, service_ids: list[int]) -> Iterator[ProcessPoolExecutor]:
    # Spawned, not forked: a fork would share the database's connection and the servers' locks.
    pool = ProcessPoolExecutor(
        PROCESSES, get_context("spawn"), initializer=chunks.begin, initargs=(spec, service_ids)
    )
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


# ---- afterwards ----


def _complete_days(cursor: Any, spec: Spec) -> None:
    """Figures of a day are complete at four in the morning after."""
    cursor.executemany(
        "INSERT INTO billing_consumptionday (day, completed_at) VALUES (%s, %s)",
        [(day, start_of(day) + timedelta(days=1, hours=4)) for day in spec.days],
    )


def _vacuum(say: Say) -> None:
    """Statistics for the planner, and the visibility map for index-only scans."""
    connection = connections["owner"]
    if connection.in_atomic_block:  # a test's transaction: VACUUM cannot run in one
        return
    say(_("更新统计信息 …"))
    with connection.cursor() as cursor:
        for table in (*people.COLUMNS, *COLUMNS, consumption.DAILY):
            cursor.execute(f"VACUUM (ANALYZE) {table}")
