"""Pages over HTTP: the product, a bare Django view of the same rows, Django's own admin."""

import gzip
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from . import database
from .client import Answer, Client, Visit, percentile, visit
from .database import Say, World
from .report import interleaved, judged, middle
from .servers import running

ROUNDS = 7
SMALL = 10_000  # growth is measured from here
RATIO, STATEMENTS, GROWTH = 3, 12, 1.3
# How many times faster than the peer, from this many customers on.
PEER_RATIOS = {1_000_000: 8, 100_000: 2}
KB = 1024

Target = tuple[str, str]  # page, kind


@dataclass(frozen=True)
class Page:
    """One page and where the product, the floor and the peer show it."""

    name: str
    session: str
    app: str
    floor: str
    peer: str
    peer_scoped: str = ""  # the peer narrowed to the same partner: for comparison, no promise

    def paths(self) -> Iterator[tuple[str, str]]:
        for kind in ("app", "floor", "peer", "peer_scoped"):
            if path := getattr(self, kind):
                yield kind, path


def run(customers: int, *, rounds: int, seconds: float, say: Say) -> dict[str, Any]:
    world = database.ensure(customers, say)
    small = database.ensure(SMALL, say) if customers > SMALL else None
    with ExitStack() as stack:
        say(_("启动网站、对照与参照 …"))
        actors = database.run_inside(world, "actors")
        pages = pages_of(actors)
        clients = _clients(stack, world, actors)
        if small:
            at_small = stack.enter_context(running("app", small))
            session = database.run_inside(small, "actors")["sessions"]["main"]
            clients["small", "main"] = at_small.client(session)
        answers = {page.name: _check(page, clients) for page in pages}
        say(_("测量 %(rounds)s 轮 …") % {"rounds": rounds})
        found = interleaved(
            list(_targets(pages, small)),
            lambda target: _visit(target, pages, clients, seconds),
            rounds=rounds,
            seed=database.SEED,
        )
    say(_("计数语句与缓冲区 …"))
    counts = database.run_inside(
        world, "statements", pages={page.name: [page.session, page.app] for page in pages}
    )
    results = {
        page.name: _result(page, customers, found, counts[page.name], answers[page.name])
        for page in pages
    }
    if small:
        results["growth"] = _growth(found)
    results["row_security"] = _row_security(world, actors)
    return results


def pages_of(actors: dict[str, Any]) -> list[Page]:
    main, partner = actors["sessions"]["main"], actors["partner"]
    list_url, words = actors["urls"]["customers"], actors["words"]
    peer = "/admin/peer/customer/"

    def customers(name: str, app: str, floor: dict[str, Any], peer_query: str) -> Page:
        query = urlencode({"partner": partner, **floor})
        return Page(name, main, list_url + app, f"/customers?{query}", peer + peer_query)

    chosen = {"type": "resale", "verified": "verified"}
    plain = customers("customer_list", "", {}, "")
    return [
        Page(
            *(plain.name, plain.session, plain.app, plain.floor, plain.peer),
            peer_scoped=f"{peer}?partner__id__exact={partner}",
        ),
        customers(
            *("customer_filter", f"?{urlencode(chosen)}", chosen),
            "?association_type__exact=resale&verified__exact=verified",
        ),
        *(
            customers(
                *(name, "?" + urlencode({"name": word}), {"word": word}),
                "?" + urlencode({"q": word}),
            )
            for name, word in (
                ("customer_search", words["brand"]),
                ("customer_search_trade", words["trade"]),
                ("customer_search_place", words["place"]),
            )
        ),
        Page(
            *("alert_queue", actors["sessions"]["manager"], actors["urls"]["alerts"]),
            f"/alerts?partner={actors['manager_partner']}&manager={actors['manager']}",
            "/admin/peer/alert/?state__exact=pending",
        ),
    ]


def _clients(stack: ExitStack, world: World, actors: dict[str, Any]) -> dict[Target, Client]:
    """Clients by kind of server and session."""
    sessions = actors["sessions"]
    servers = {kind: stack.enter_context(running(kind, world)) for kind in ("app", "floor", "peer")}
    clients = {("app", sessions[who]): servers["app"].client(sessions[who]) for who in sessions}
    for kind in ("floor", "peer"):
        clients[kind, ""] = servers[kind].client(sessions["bare"])
    return clients


def _client(kind: str, page: Page, clients: dict[Target, Client]) -> Client:
    if kind == "small":
        return clients["small", "main"]
    if kind in ("app", "fragment"):
        return clients["app", page.session]
    return clients[kind.removesuffix("_scoped"), ""]


# ---- the same rows? ----

_ROW = re.compile(rb'id="row-(\d+)"')


def _check(page: Page, clients: dict[Target, Client]) -> dict[str, Answer]:
    """One answer of each; the product and the floor must show the same rows."""
    answers = {kind: _client(kind, page, clients).get(path) for kind, path in page.paths()}
    for kind, answer in answers.items():
        if answer.status != 200:
            raise RuntimeError(f"{page.name}: the {kind} answered {answer.status}")
    ours, bare = (_ROW.findall(answers[kind].body) for kind in ("app", "floor"))
    if not ours or ours != bare:
        raise RuntimeError(f"{page.name}: {len(ours)} rows, but the floor has {len(bare)} others")
    return answers


# ---- rounds ----


def _targets(pages: list[Page], small: World | None) -> Iterator[Target]:
    for page in pages:
        yield from ((page.name, kind) for kind, _ in page.paths())
    yield pages[0].name, "fragment"
    if small:
        yield pages[0].name, "small"


def _visit(
    target: Target, pages: list[Page], clients: dict[Target, Client], seconds: float
) -> Visit:
    name, kind = target
    page = next(page for page in pages if page.name == name)
    client = _client(kind, page, clients)
    if kind == "fragment":
        client = Client(client.port, client.headers | {"HX-Request": "true"})
    path = page.app if kind in ("fragment", "small") else getattr(page, kind)
    return visit(client, path, seconds=seconds)


Rounds = list[dict[Target, Visit]]


def _result(
    page: Page,
    customers: int,
    rounds: Rounds,
    counts: dict[str, Any],
    answers: dict[str, Answer],
) -> dict[str, Any]:
    body = answers["app"].body
    result = {
        "rows": len(_ROW.findall(body)),
        **_times(page.name, rounds),
        **counts,
        "kb": round(len(body) / KB, 1),
        "kb_gzip": round(len(gzip.compress(body, 6)) / KB, 1),
    }
    result["statements_spread"] = abs(counts["statements_100"] - counts["statements_10"])
    limits = {
        "ratio": ("<=", RATIO),
        "ratio_p50": ("<=", RATIO),
        "statements": ("<=", STATEMENTS),
        "statements_spread": ("<=", 0),
    }
    for size, times in PEER_RATIOS.items():
        if customers >= size:
            limits |= {"peer_ratio": (">=", times), "peer_ratio_p50": (">=", times)}
            break
    return judged(result, **limits)


def _times(name: str, rounds: Rounds) -> dict[str, float]:
    kinds = {kind for page, kind in rounds[0] if page == name} - {"small"}
    times: dict[str, float] = {}
    for kind in sorted(kinds):
        prefix = "" if kind == "app" else f"{kind}_"
        visits = [visits[name, kind] for visits in rounds]
        pooled = [ms for each in visits for ms in each.milliseconds]
        times[f"{prefix}ms" if prefix else "p50_ms"] = middle(pooled)
        times[f"{prefix}p95_ms"] = round(percentile(pooled, 95), 3)
        times[f"{prefix}rps"] = middle(each.rps for each in visits)
    # By requests per second, which noise moves less than the time of a single request.
    times["ratio"] = middle(r[name, "floor"].rps / r[name, "app"].rps for r in rounds)
    times["ratio_p50"] = _ratio(name, rounds, "app", "floor")
    times["peer_ratio"] = middle(r[name, "app"].rps / r[name, "peer"].rps for r in rounds)
    times["peer_ratio_p50"] = _ratio(name, rounds, "peer", "app")
    if "peer_scoped" in kinds:
        times["peer_scoped_ratio"] = _ratio(name, rounds, "peer_scoped", "app")
    if "fragment" in kinds:
        times["fragment_ratio"] = _ratio(name, rounds, "fragment", "app")
    return times


def _ratio(name: str, rounds: Rounds, above: str, below: str) -> float:
    return middle(visits[name, above].p50 / visits[name, below].p50 for visits in rounds)


def _growth(rounds: Rounds) -> dict[str, Any]:
    name = "customer_list"
    result = {
        "p50_ms": middle(visits[name, "app"].p50 for visits in rounds),
        "small_customers": SMALL,
        "small_ms": middle(visits[name, "small"].p50 for visits in rounds),
        "ratio": _ratio(name, rounds, "app", "small"),
    }
    return judged(result, ratio=("<=", GROWTH))


def _row_security(world: World, actors: dict[str, Any]) -> dict[str, Any]:
    found = database.run_inside(
        *(world, "row_security"),
        session=actors["sessions"]["main"],
        path=actors["urls"]["customers"],
        times=60,
    )
    return {key: round(value, 3) for key, value in found.items()}
