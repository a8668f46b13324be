"""A list as a file: CSV against COPY of the same columns, a workbook against xlsxwriter's own."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.utils.translation import gettext as _

from . import database
from .database import Say, World
from .report import interleaved, judged, middle

ROUNDS = 3
CSV_RATIO, XLSX_TIMES, PEAK_MB = 8, 3, 200
Found = list[dict[str, dict[str, Any]]]


def run(customers: int, *, rounds: int, say: Say) -> dict[str, Any]:
    world = database.ensure(customers, say)
    say(_("导出 %(rows)s 行，%(rounds)s 轮 …") % {"rows": f"{customers:,}", "rounds": rounds})
    with TemporaryDirectory() as folder:
        found = interleaved(
            ["csv app", "csv floor", "xlsx app", "xlsx peer"],
            lambda target: _export(world, *target.split(), Path(folder)),
            rounds=rounds,
            seed=database.SEED,
        )
    for made in (made for each in found for made in each.values()):
        if made["rows"] != customers + 1:  # and the header
            raise RuntimeError(f"{made['rows']} lines were written")
    return {"customers_csv": _csv(customers, found), "customers_xlsx": _xlsx(customers, found)}


def _export(world: World, file_format: str, kind: str, folder: Path) -> dict[str, Any]:
    """Each in a process of its own, so that its memory is its own."""
    file = folder / f"{kind}.{file_format}"
    if file_format == "csv":
        made = database.run_inside(world, "export_csv", kind=kind, path=str(file))
        with file.open("rb") as written:
            made["rows"] = sum(
                part.count(b"\n") for part in iter(lambda: written.read(1 << 20), b"")
            )
    else:
        wanted = {"kind": kind, "path": str(file), "customers": world.customers}
        made = database.run_inside(world, "export_xlsx", **wanted)
        made["rows"] = database.run_inside(world, "rows_of_xlsx", path=str(file))
    return made | {"mb": file.stat().st_size / 2**20}


def _csv(customers: int, found: Found) -> dict[str, Any]:
    result = _times(customers, found, "csv app") | {
        "floor_ms": middle(each["csv floor"]["ms"] for each in found),
        "ratio": middle(each["csv app"]["ms"] / each["csv floor"]["ms"] for each in found),
    }
    return judged(result, ratio=("<=", CSV_RATIO), peak_mb=("<=", PEAK_MB))


def _xlsx(customers: int, found: Found) -> dict[str, Any]:
    result = _times(customers, found, "xlsx app") | {
        "peer_ms": middle(each["xlsx peer"]["ms"] for each in found),
        "peer_ratio": middle(each["xlsx peer"]["ms"] / each["xlsx app"]["ms"] for each in found),
    }
    return judged(result, peer_ratio=(">=", XLSX_TIMES), peak_mb=("<=", PEAK_MB))


def _times(customers: int, found: Found, target: str) -> dict[str, Any]:
    times = [each[target]["ms"] for each in found]
    return {
        "rows": customers,
        "p50_ms": middle(times),
        "p95_ms": round(max(times), 3),
        "rows_per_second": round(customers / (middle(times) / 1000)),
        "peak_mb": max(each[target]["peak_mb"] for each in found),
        "file_mb": middle(each[target]["mb"] for each in found),
    }
