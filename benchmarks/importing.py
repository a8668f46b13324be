"""A workbook of customers into the product: rows a second, against only parsing it."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.utils.translation import gettext as _

from . import database
from .database import Say
from .report import interleaved, judged, middle

ROUNDS = 3
SECONDS, RATIO = 60, 0.3
WORLD = 2_000  # customers that are there before
TARGETS = ("app", "floor")


def run(customers: int, *, rounds: int, say: Say) -> dict[str, Any]:
    """Import `customers` new customers; what is imported is rolled back."""
    world = database.ensure(WORLD, say)
    say(_("导入 %(rows)s 行，%(rounds)s 轮 …") % {"rows": f"{customers:,}", "rounds": rounds})
    with TemporaryDirectory() as folder:
        path = str(Path(folder) / "customers.xlsx")
        database.run_inside(world, "write_customers", path=path, customers=customers)
        found = interleaved(
            TARGETS,
            lambda kind: database.run_inside(world, "import_customers", kind=kind, path=path),
            rounds=rounds,
            seed=database.SEED,
        )
    if any(each["app"]["rows"] != customers for each in found):
        raise RuntimeError(f"not all of {customers} were imported")
    times = [each["app"]["ms"] for each in found]
    result = {
        "rows": customers,
        "p50_ms": middle(times),
        "p95_ms": round(max(times), 3),
        "seconds": round(max(times) / 1000, 3),
        "rows_per_second": round(customers / (middle(times) / 1000)),
        "floor_ms": middle(each["floor"]["ms"] for each in found),
        "ratio": middle(each["floor"]["ms"] / each["app"]["ms"] for each in found),
        "peak_mb": max(each["app"]["peak_mb"] for each in found),
        "steps_ms": found[-1]["app"]["steps_ms"],
    }
    return {"customers_xlsx": judged(result, seconds=("<=", SECONDS), ratio=(">=", RATIO))}
