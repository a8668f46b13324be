"""Whether the database is of this release: migrations on disk against those applied."""

from dataclasses import dataclass
from functools import cache

from django.apps import apps
from django.db import connection
from django.db.migrations.loader import MigrationLoader


@dataclass(frozen=True)
class Comparison:
    """`pending` are on disk only, `unknown` in the database only (of apps that are installed)."""

    applied: int
    pending: tuple[str, ...]
    unknown: tuple[str, ...]


def compare() -> Comparison:
    """One statement; the files are read once a process."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT app || '.' || name FROM django_migrations")
        applied = {name for (name,) in cursor.fetchall()}
    wanted = _on_disk()
    installed = {config.label for config in apps.get_app_configs()}
    unknown = {name for name in applied - wanted if name.split(".")[0] in installed}
    return Comparison(
        len(applied & wanted), tuple(sorted(wanted - applied)), tuple(sorted(unknown))
    )


@cache
def _on_disk() -> frozenset[str]:
    loader = MigrationLoader(None)
    return frozenset(".".join(key) for key in loader.graph.nodes)
