"""One chunk of customers with all their rows: a pure function of plan and range.

Chunks can therefore be made by several processes; they are loaded in order.
"""

from collections import defaultdict
from dataclasses import dataclass

from . import customers, resources
from .consumption import Figures
from .plan import Plan, Spec
from .spending import Habits

CHUNK = 2_000


@dataclass(frozen=True)
class Chunk:
    """COPY text by table (daily figures by partition), and how many customers it holds."""

    customers: int
    tables: dict[str, bytes]


class Maker:
    """Makes the chunks of one spec."""

    def __init__(self, spec: Spec, service_ids: list[int]) -> None:
        self.plan, self.service_ids = Plan(spec), service_ids
        self.habits, self.figures = Habits(spec), Figures(spec, service_ids)

    def make(self, start: int) -> Chunk:
        """The chunk that begins with customer `start` (1, CHUNK + 1, …)."""
        stop = min(start + CHUNK, self.plan.spec.customers + 1)
        drawn = customers.Customers(self.plan, self.habits, start)
        owned = resources.Resources(self.plan, self.service_ids, start)
        made: defaultdict[str, list[str]] = defaultdict(list)
        for number in range(start, stop):
            customer, is_new = drawn.draw(number)
            if is_new:
                made["customers_cloudaccount"].append(drawn.account_row(customer))
            rows, manager = drawn.assignment_rows(customer)
            made["customers_assignment"].append(rows)
            made["customers_customer"].append(drawn.customer_row(customer, manager))
            made[resources.TABLE] += owned.rows(customer)
            self.figures.write(customer, made)
        texts = {table: "".join(lines).encode() for table, lines in made.items()}
        return Chunk(stop - start, texts)


def starts(spec: Spec) -> range:
    return range(1, spec.customers + 1, CHUNK)


# ---- in a process of its own ----

_maker: Maker | None = None


def begin(spec: Spec, service_ids: list[int]) -> None:
    """Prepare this process for `make`."""
    global _maker
    _maker = Maker(spec, service_ids)


def make(start: int) -> Chunk:
    assert _maker, "call begin first"
    return _maker.make(start)
