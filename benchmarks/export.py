"""A CSV of all customers through core/lists against COPY of the same columns."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.utils.translation import gettext as _

from . import database
from .database import Say, World
from .report import interleaved, judged, middle

ROUNDS = 3
RATIO, PEAK_MB = 8, 200


def run(customers: int, *, rounds: int, say: Say) -> dict[str, Any]:
    world = database.ensure(customers, say)
    say(_("导出 %(rows)s 行，%(rounds)s 轮 …") % {"rows": f"{customers:,}", "rounds": rounds})
    with TemporaryDirectory() as folder:
        found = interleaved(
            ["app", "floor"],
            lambda kind: _export(world, kind, Path(folder)),
            rounds=rounds,
            seed=database.SEED,
        )
    return {"customers_csv": _result(customers, found)}


def _export(world: World, kind: str, folder: Path) -> dict[str, Any]:
    """Each in a process of its own, so that its memory is its own."""
    file = folder / f"{kind}.csv"
    made = database.run_inside(world, "export_csv", kind=kind, path=str(file))
    with file.open("rb") as written:
        made["rows"] = sum(part.count(b"\n") for part in iter(lambda: written.read(1 << 20), b""))
    return made | {"mb": file.stat().st_size / 2**20}


def _result(customers: int, found: list[dict[str, dict[str, Any]]]) -> dict[str, Any]:
    for each in found:
        for kind, made in each.items():
            if made["rows"] != customers + 1:  # and the header
                raise RuntimeError(f"the {kind} wrote {made['rows']} lines")
    times = [each["app"]["ms"] for each in found]
    result = {
        "rows": customers,
        "p50_ms": middle(times),
        "p95_ms": round(max(times), 3),
        "floor_ms": middle(each["floor"]["ms"] for each in found),
        "ratio": middle(each["app"]["ms"] / each["floor"]["ms"] for each in found),
        "rows_per_second": round(customers / (middle(times) / 1000)),
        "peak_mb": max(each["app"]["peak_mb"] for each in found),
        "file_mb": middle(each["app"]["mb"] for each in found),
    }
    return judged(result, ratio=("<=", RATIO), peak_mb=("<=", PEAK_MB))
