"""搜索: the dialog that Ctrl K opens asks for the results only; without it, they are a page."""

from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from core.htmx import render_part, wants_part
from org.gate import requires

from ..finding import SHORTEST, find
from ..navigation import Frame


@requires()
@require_safe
def search(request: Any) -> HttpResponse:
    found = find(request.GET.get("q", ""), Frame(request))
    context = {"found": found, "shortest": SHORTEST, "in_dialog": wants_part(request)}
    return render_part(request, "search.html", context, part="results")
