"""What can be asked: every URL of the URLconf, with its placeholders filled, in every manner."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product

import pytest

from core import tenancy
from core.access import Access, access_of, all_urls
from core.middleware import MethodsMiddleware

from .actors import Seat
from .fillers import admin_fill, fillers_of
from .filling import OBJECTS, Target, Which
from .world import World

SAFE = ("GET", "HEAD", "OPTIONS")
UNSAFE = ("POST", "PUT", "DELETE")
_PLACEHOLDER = re.compile(r"<(?:\w+:)?(?P<name>\w+)>|\(\?P<(?P<named>\w+)>(?P<rule>[^)]*)\)")
# Whose row, path, whether the actor may know the row, button.
Filled = tuple[Which, str, bool, str]
_ADMIN_ROUTE = re.compile(r"^admin/(\w+)/(\w+)/<path:object_id>/$")


@dataclass(frozen=True)
class Page:
    """One entry of the URLconf."""

    route: str
    name: str
    access: Access

    @property
    def placeholders(self) -> list[str]:
        return [m["name"] or m["named"] for m in _PLACEHOLDER.finditer(self.route)]

    def path(self, values: dict[str, object]) -> str:
        filled = _PLACEHOLDER.sub(lambda m: str(values[m["name"] or m["named"]]), self.route)
        return "/" + filled.replace("^", "").replace("$", "")


@dataclass(frozen=True)
class Probe:
    """One request of one actor. `which` names whose row the address holds."""

    page: Page
    which: Which
    path: str
    visible: bool
    method: str
    htmx: bool
    forged: bool = False  # a POST whose choices point at other tenants' rows
    button: str = ""  # the word that the address of one of the vendor's acts ends in

    def __str__(self) -> str:
        manner = " htmx" * self.htmx + " forged" * self.forged
        return f"{self.method} {self.path} ({self.page.name}, {self.which}{manner})"

    @property
    def manner(self) -> tuple[object, ...]:
        """What distinguishes it from other probes of the same kind of person. A method that is
        taken of nobody is refused before the page is looked at: once is enough."""
        if self.method not in MethodsMiddleware.TAKEN:
            return (*self.form, self.method)
        return (*self.form, self.which, self.method, self.htmx, self.forged)

    @property
    def form(self) -> tuple[str, str]:
        """Which form it sends: the same for every row."""
        return (self.page.route, self.button)


@cache
def pages() -> list[Page]:
    found = []
    for route, name, view in all_urls():
        access = access_of(view)
        assert access, f"{route} does not say whom it lets in"
        if model := _ADMIN_ROUTE.match(route):
            name = f"admin:{model[1]}_{model[2]}_redirect"
        found.append(Page(route, name, access))
    return found


def filled(page: Page, seat: Seat, world: World) -> list[Filled]:
    """Each way to fill the URL."""
    with tenancy.vendor():
        return list(_ways(page, seat, world))


def _ways(page: Page, seat: Seat, world: World) -> Iterator[Filled]:
    rows = [name for name in page.placeholders if not _words(page, name)]
    for which in OBJECTS if rows else ("none",):
        yield from _filled(page, seat, world, dict.fromkeys(page.placeholders, which), which)
    if len(rows) > 1:  # one's own row, and below it a stranger's
        mixed = dict.fromkeys(page.placeholders, "own") | {rows[-1]: "foreign"}
        yield from _filled(page, seat, world, mixed, "mixed")


def _filled(
    page: Page, seat: Seat, world: World, wanted: dict[str, Which], which: Which
) -> Iterator[Filled]:
    choices = [_targets(page, name, seat, world, each) for name, each in wanted.items()]
    for targets in product(*choices):
        values = dict(zip(wanted, (t.value for t in targets), strict=True))
        button = next((t.value for t in targets if _is_word(t.value)), "")
        yield which, page.path(values), all(t.visible for t in targets), button


def _is_word(value: object) -> bool:
    return isinstance(value, str) and value.replace("-", "_").isidentifier()


def _targets(page: Page, placeholder: str, seat: Seat, world: World, which: Which) -> list[Target]:
    if words := _words(page, placeholder):
        return [Target(word, True) for word in words]
    fill = fillers_of(page.name, placeholder) or admin_fill(page.name, placeholder)
    if fill is None:
        pytest.fail(
            f"The matrix cannot fill <{placeholder}> of {page.route} ({page.name}):"
            " say how in tests/matrix/fillers.py, FILLERS."
        )
    return world.targets(fill, seat, which)


def _words(page: Page, placeholder: str) -> list[str]:
    """A regular expression that lists words is filled with each of them; `.*` with a stray one."""
    for found in _PLACEHOLDER.finditer(page.route):
        if found["named"] == placeholder:
            plain = found["rule"].replace("\\", "")
            return ["no-such-page"] if plain == ".*" else plain.split("|")
    return []


def probes(seat: Seat, world: World, methods: tuple[str, ...] = SAFE + UNSAFE) -> list[Probe]:
    """Everything this actor can ask."""
    with tenancy.vendor():  # once: to enter costs more than what is looked up
        ways = [(page, *way) for page in pages() for way in _ways(page, seat, world)]
    found = []
    for page, which, path, visible, button in ways:
        for method, htmx in product(methods, (False, True)):
            for forged in (False, True) if method == "POST" else (False,):
                found.append(Probe(page, which, path, visible, method, htmx, forged, button))
    return found
