"""One rule: an htmx request gets a named part of the page it is on."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def wants_part(request: HttpRequest) -> bool:
    """Whether the browser asked for a fragment. Restoring history needs the whole page."""
    htmx = request.htmx  # type: ignore[attr-defined]
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def render_part(
    request: HttpRequest, template: str, context: dict[str, Any], *, part: str, status: int = 200
) -> HttpResponse:
    if wants_part(request):
        template = f"{template}#{part}"
    return render(request, template, context, status=status)
