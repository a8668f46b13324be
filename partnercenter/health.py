"""For load balancers and supervisors: whether this process can do its work."""

from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from core.access import public


@public
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 when PostgreSQL and Valkey answer; otherwise the error page says 503."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    cache.get("healthz")
    return HttpResponse("ok", content_type="text/plain; charset=utf-8")
