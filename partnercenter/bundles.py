"""What every page takes, sent as one: the style sheets, kept apart by subject, and the icons."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage, Storage

from core import icons

# In this order: what comes later counts.
BUNDLES = {
    "css/all.css": (
        *("css/console.css", "css/lists.css", "css/details.css", "css/narrow.css"),
        *("css/search.css", "css/account.css"),
    )
}
NAMES = (*BUNDLES, icons.SPRITE)


class BundleStorage(FileSystemStorage):
    """The bundles, put together anew when a part of one has changed."""

    def __init__(self) -> None:
        super().__init__(location=settings.BASE_DIR / ".local" / "bundles")

    def path(self, name: str) -> str:
        target = Path(self.location) / name
        content = icons.sprite() if name == icons.SPRITE else _joined(BUNDLES[name])
        if not target.exists() or target.read_bytes() != content:
            target.parent.mkdir(parents=True, exist_ok=True)
            unfinished = target.with_suffix(f".{os.getpid()}")
            unfinished.write_bytes(content)
            unfinished.replace(target)
        return str(target)


def _joined(parts: Iterable[str]) -> bytes:
    return b"\n".join((settings.BASE_DIR / "static" / part).read_bytes() for part in parts)


class BundleFinder(BaseFinder):
    """Lets staticfiles see the bundles beside their parts."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.storage = BundleStorage()

    def check(self, **kwargs: Any) -> list[Any]:
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        found = self.storage.path(path) if path in NAMES else None
        if find_all:
            return [found] if found else []
        return found

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Storage]]:
        return ((name, self.storage) for name in NAMES)
