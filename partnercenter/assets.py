"""The browser files that come out of npm packages: exactly these, under stable names."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder, get_finders
from django.core.checks import CheckMessage, Warning
from django.core.files.storage import FileSystemStorage, Storage

_PACKAGES = {
    "vendor/tabler/tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
    "vendor/echarts/echarts.min.js": "echarts/dist/echarts.min.js",
    "vendor/alpine/alpine.min.js": "@alpinejs/csp/dist/cdn.min.js",
    "vendor/tom-select/tom-select.min.js": "tom-select/dist/js/tom-select.complete.min.js",
    "vendor/tom-select/tom-select.min.css": "tom-select/dist/css/tom-select.bootstrap5.min.css",
}


def _map_of(name: str, source: str) -> tuple[str, str]:
    """The source map beside a file: the manifest storage insists on those that are named."""
    folder, file = Path(name).parent, Path(source).name
    return f"{folder}/{file}.map", f"{source}.map"


FILES = _PACKAGES | dict(_map_of(name, source) for name, source in _PACKAGES.items())


class PackageStorage(FileSystemStorage):
    """Opens node_modules/<source> under our name for it."""

    def __init__(self) -> None:
        super().__init__(location=settings.BASE_DIR / "node_modules")

    def path(self, name: str) -> str:
        return str(Path(self.location) / FILES[name])


class NpmFinder(BaseFinder):
    """Lets staticfiles see FILES and nothing else of node_modules."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.storage = PackageStorage()

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        missing = [name for name in _PACKAGES if not self._there(name)]
        if not missing:
            return []
        hint = "Run `./run manage assets`."
        return [Warning(f"Missing: {', '.join(missing)}", hint=hint, id="partnercenter.W001")]

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        found = self.storage.path(path) if path in FILES and self._there(path) else None
        if find_all:
            return [found] if found else []
        return found

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Storage]]:
        return ((name, self.storage) for name in FILES if self._there(name))

    def _there(self, name: str) -> bool:
        return Path(self.storage.path(name)).exists()


def fingerprint() -> str:
    """Changes when any file that collectstatic would collect changes."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            status = Path(storage.path(name)).stat()
            digest.update(f"{name}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    return digest.hexdigest()
