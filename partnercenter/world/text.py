"""Rows as the text that COPY reads."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any


def line(*values: Any) -> str:
    """One row. Strings hold no tab and no backslash; line breaks are escaped."""
    return "\t".join(map(_field, values)) + "\n"


def _field(value: Any) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, str):
        return value.replace("\n", "\\n") if "\n" in value else value
    if isinstance(value, bool):
        return "t" if value else "f"
    return str(value)


def array(values: Iterable[str]) -> str:
    return "{" + ",".join(values) + "}"


def instant(seconds: int) -> str:
    """A moment given in seconds of the Unix epoch."""
    return datetime.fromtimestamp(seconds, UTC).isoformat()
