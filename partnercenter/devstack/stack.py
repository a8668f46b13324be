"""The pair of servers of one stack, and which of them a process needs.

`dev` belongs to the demo, `test` to the tests; DEVSTACK_NAME chooses.
"""

import os
from functools import cache

from . import paths
from .postgres import Postgres
from .server import Server
from .valkey import Valkey

# Stacks whose data may be lost with the power.
THROWAWAY = {"test"}


def local(name: str | None = None) -> tuple[Postgres, Valkey]:
    """The servers of a stack, started or not."""
    return _pair(name or os.environ.get("DEVSTACK_NAME") or "dev")


@cache
def _pair(name: str) -> tuple[Postgres, Valkey]:
    where, durable = paths.home(name), name not in THROWAWAY
    return Postgres(where / "pg", durable=durable), Valkey(where / "valkey", durable=durable)


def needed() -> list[Server]:
    """The servers that no address in the environment replaces."""
    postgres, valkey = local()
    found: list[Server] = []
    if not os.environ.get("DATABASE_URL"):
        found.append(postgres)
    if not os.environ.get("REDIS_URL"):
        found.append(valkey)
    return found


def attach() -> None:
    """Start what this process needs, and keep it up while this process lives."""
    for server in needed():
        server.attach()
