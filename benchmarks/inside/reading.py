"""What reading a page costs: statements, buffers, and the second wall."""

import json
import time
from contextlib import ExitStack
from statistics import median
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.db import connection, connections
from django.test import Client

from core import tenancy
from org.gate import ACTING_PARTNER

SIZES = (10, 50, 100)


def statements(pages: dict[str, list[str]]) -> dict[str, dict[str, Any]]:
    """How many statements each page takes at each size, and how many buffers at the usual one.

    Args:
        pages: name → session, address.
    """
    return {name: _count(session, path) for name, (session, path) in pages.items()}


def _count(session: str, path: str) -> dict[str, Any]:
    client = Client(SERVER_NAME="127.0.0.1")
    client.cookies[settings.SESSION_COOKIE_NAME] = session
    joint = "&" if "?" in path else "?"
    client.get(path)  # what is remembered after the first request is remembered in life, too
    counts = {}
    for size in SIZES:
        with Statements() as seen:
            assert client.get(f"{path}{joint}size={size}").status_code == 200
        counts[f"statements_{size}"] = len(seen.sql)
    with Statements(explain=True) as seen:
        client.get(path)
    return counts | {"statements": len(seen.sql), "buffers": seen.buffers}


class Statements:
    """Notes what is sent to the database, and what reading costs there, while it is entered."""

    def __init__(self, *, explain: bool = False) -> None:
        self.explain = explain
        self.sql: list[tuple[str, Any]] = []
        self.buffers = 0

    def __enter__(self) -> "Statements":
        self._stack = ExitStack()
        self._stack.enter_context(connection.execute_wrapper(self._note))
        return self

    def __exit__(self, *error: Any) -> None:
        self._stack.close()

    def _note(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("EXPLAIN"):
            return execute(sql, params, many, context)
        self.sql.append((sql, params))
        if self.explain and is_reading(sql):
            self.buffers += self._buffers_of(sql, params)
        return execute(sql, params, many, context)

    def _buffers_of(self, sql: str, params: Any) -> int:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", params)
            found = cursor.fetchone()[0]
        plan = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
        return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]


def is_reading(sql: str) -> bool:
    return sql.lstrip("( \n").upper().startswith(("SELECT", "WITH")) and "set_config" not in sql


# ---- what the second wall costs ----


def row_security(session: str, path: str, times: int) -> dict[str, float]:
    """The page's reading statements behind row-level security and as the owner, in ms."""
    client = Client(SERVER_NAME="127.0.0.1")
    client.cookies[settings.SESSION_COOKIE_NAME] = session
    client.get(path)
    with Statements() as seen:
        client.get(path)
    reads = [(sql, params) for sql, params in seen.sql if is_reading(sql)]
    partner, user = client.session[ACTING_PARTNER], client.session[SESSION_KEY]
    with tenancy.tenant(partner, user_id=int(user)):
        behind = _time(connection, reads, times)
    without = _time(connections["owner"], reads, times)
    return {"behind_ms": behind, "without_ms": without, "ratio": behind / without}


def _time(on: Any, reads: list[tuple[str, Any]], times: int) -> float:
    """Median milliseconds of all the statements together."""
    taken = []
    with on.cursor() as cursor:
        for _ in range(times):
            began = time.perf_counter()
            for sql, params in reads:
                cursor.execute(sql, params)
                cursor.fetchall()
            taken.append((time.perf_counter() - began) * 1000)
    return median(taken)
