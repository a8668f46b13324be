"""Whom a page lets in, and how "no" is explained.

Every URL declares its access; `undeclared_urls()` is a system check and a start-up check, so a
forgotten page stops the project instead of standing open. What a permission means is the
catalogue's business (org/permissions.py).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.translation import gettext as _

Kind = Literal["public", "signed_in", "member", "customer", "vendor"]
MEGABYTE = 1024 * 1024
DEFAULT_BODY = 5 * MEGABYTE // 2  # bytes of a request, for pages without uploads


@dataclass(frozen=True)
class Decision:
    """The answer to "may I?": for the view, the disabled button, the command and the test alike.

    `reason` is a Chinese sentence for the person asking, `who_can_fix` names who can change it.
    """

    allowed: bool
    reason: str = ""
    who_can_fix: str = ""

    def __bool__(self) -> bool:
        return self.allowed

    def __str__(self) -> str:
        if not self.who_can_fix:
            return self.reason
        return _("%(reason)s（%(who)s）") % {"reason": self.reason, "who": self.who_can_fix}


ALLOWED = Decision(True)


def denied(reason: str, who_can_fix: str = "") -> Decision:
    return Decision(False, reason, who_can_fix)


@dataclass(frozen=True)
class Access:
    """What a view demands of whoever calls it."""

    kind: Kind
    permission: str = ""
    reach_resellers: bool = False
    step_up: bool = False
    max_body: int = DEFAULT_BODY


def declare(access: Access, view: Callable[..., Any]) -> Callable[..., Any]:
    view.access = access  # type: ignore[attr-defined]
    return view


def public(view: Callable[..., Any]) -> Callable[..., Any]:
    """Anyone may call the view, signed in or not."""
    return declare(Access("public"), view)


def access_of(view: Any) -> Access | None:
    return getattr(view, "access", None)


def all_urls(
    patterns: list | None = None, prefix: str = "", namespace: str = ""
) -> Iterator[tuple[str, str, Any]]:
    """Every URL of the project as (route, name, view)."""
    for entry in patterns if patterns is not None else get_resolver().url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from all_urls(entry.url_patterns, route, inner)
        elif isinstance(entry, URLPattern):
            yield route, f"{namespace}{entry.name or ''}", entry.callback


def undeclared_urls() -> list[str]:
    """Routes whose view does not say whom it lets in."""
    return [route for route, _, view in all_urls() if access_of(view) is None]
