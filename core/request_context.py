"""Which request (or task) is running: for activity rows, error pages and log lines."""

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import uuid4


@dataclass(frozen=True)
class RequestContext:
    request_id: str
    address: str | None = None
    is_request: bool = False
    session_key: Callable[[], str | None] = lambda: None  # it changes as people sign in

    def session(self) -> str:
        """Names the browser session in the log; nobody gets in with it."""
        key = self.session_key()
        return sha256(key.encode()).hexdigest()[:12] if key else ""


_current: ContextVar[RequestContext | None] = ContextVar("request_context", default=None)


def current() -> RequestContext | None:
    return _current.get()


def begin(
    address: str | None = None,
    request_id: str = "",
    *,
    is_request: bool = False,
    session_key: Callable[[], str | None] = lambda: None,
) -> RequestContext:
    """Name what runs from here on. The id is 12 hex digits, short enough to read out loud."""
    context = RequestContext(request_id or uuid4().hex[:12], address, is_request, session_key)
    _current.set(context)
    return context


def end() -> None:
    _current.set(None)


@contextmanager
def running(request_id: str = "") -> Iterator[RequestContext]:
    """Name what runs inside: a task, or a command that an operator gave."""
    before = _current.get()
    try:
        yield begin(request_id=request_id)
    finally:
        _current.set(before)


class LogFilter(logging.Filter):
    """Puts the request id on every log line."""

    def filter(self, record: logging.LogRecord) -> bool:
        # Django writes its line about a 4xx after the request's context has ended.
        context = current() or getattr(record, "request", None)
        record.request_id = getattr(context, "request_id", "-")
        return True


_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def _visible(text: str) -> str:
    return _CONTROLS.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


class OneLine(logging.Formatter):
    """A record is one line, its trace indented below: no value can forge a line or paint one."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        return _visible(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:
        lines = super().formatException(ei).splitlines()
        return "\n".join(f"    {_visible(line)}" for line in lines)
