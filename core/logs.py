"""One line a request, and lines as JSON for whoever collects them.

A line says which page was asked for and how it went, never what was typed: the route instead of
the address, ids instead of names.
"""

import json
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse

log = logging.getLogger("partnercenter.requests")
# What a record may carry beside its message, in the order in which it is written.
FIELDS = ("method", "path", "status", "ms", "statements", "member", "partner")
UNASKED = frozenset(("/healthz", "/readyz"))  # every few seconds, by machines


class JsonLine(logging.Formatter):
    """A record as one line of JSON: time in UTC, level, logger, id of request or task, message."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "id": getattr(record, "request_id", "-"),
            "message": record.getMessage(),
        }
        line |= {name: getattr(record, name) for name in FIELDS if hasattr(record, name)}
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


class RequestLogMiddleware:
    """Writes the line; a request that took too long is a warning."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path in UNASKED:
            return self.get_response(request)
        began, counted = time.perf_counter(), _Counter()
        with connection.execute_wrapper(counted):
            response = self.get_response(request)
        milliseconds = round((time.perf_counter() - began) * 1000)
        _write(request, response.status_code, milliseconds, counted.statements)
        return response


class _Counter:
    """Counts statements: those of the page, not those of a file that is sent afterwards."""

    statements = 0

    def __call__(self, go_on: Any, *args: Any) -> Any:
        self.statements += 1
        return go_on(*args)


def _write(request: HttpRequest, status: int, milliseconds: int, statements: int) -> None:
    member, match = getattr(request, "member", None), request.resolver_match
    told = {
        "method": request.method,
        "path": f"/{match.route}" if match else "-",
        "status": status,
        "ms": milliseconds,
        "statements": statements,
        "member": member.pk if member else None,
        "partner": member.partner_id if member else None,
    }
    is_slow = milliseconds >= settings.SLOW_REQUEST_MS
    words = " ".join(f"{name}={told[name]}" for name in FIELDS[2:] if told[name] is not None)
    log.log(
        logging.WARNING if is_slow else logging.INFO,
        "%s%s %s %s",
        *("slow: " if is_slow else "", told["method"], told["path"], words),
        extra=told,
    )
