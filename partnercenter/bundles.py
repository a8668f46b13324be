"""Style sheets that every page takes, kept apart by subject and sent as one: one request."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage, Storage

BUNDLES = {"css/all.css": ("css/console.css", "css/search.css", "css/account.css")}


class BundleStorage(FileSystemStorage):
    """The bundles, put together anew when a part of one has changed."""

    def __init__(self) -> None:
        super().__init__(location=settings.BASE_DIR / ".local" / "bundles")

    def path(self, name: str) -> str:
        target = Path(self.location) / name
        parts = (settings.BASE_DIR / "static" / part for part in BUNDLES[name])
        content = b"\n".join(part.read_bytes() for part in parts)
        if not target.exists() or target.read_bytes() != content:
            target.parent.mkdir(parents=True, exist_ok=True)
            unfinished = target.with_suffix(f".{os.getpid()}")
            unfinished.write_bytes(content)
            unfinished.replace(target)
        return str(target)


class BundleFinder(BaseFinder):
    """Lets staticfiles see the bundles beside their parts."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.storage = BundleStorage()

    def check(self, **kwargs: Any) -> list[Any]:
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        found = self.storage.path(path) if path in BUNDLES else None
        if find_all:
            return [found] if found else []
        return found

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Storage]]:
        return ((name, self.storage) for name in BUNDLES)
