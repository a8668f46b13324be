"""What every response gets, whoever made it."""

from collections.abc import Callable
from ipaddress import ip_address
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme

from . import request_context
from .access import DEFAULT_BODY, MEGABYTE, access_of
from .refusals import NotAllowed, Refused, Vanished

GetResponse = Callable[[HttpRequest], HttpResponse]


def client_address(request: HttpRequest) -> str | None:
    """The caller's address; X-Forwarded-For is believed for as many hops as we run proxies."""
    hops = settings.TRUSTED_PROXIES
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    if hops and len(forwarded) >= hops and (address := _address(forwarded[-hops])):
        return address
    return _address(request.META.get("REMOTE_ADDR", ""))


def _address(text: str) -> str | None:
    """`203.0.113.7`, `203.0.113.7:4711`, `2001:db8::1`, `[2001:db8::1]:443`; None for garbage."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return str(getattr(found, "ipv4_mapped", None) or found)


class RequestContextMiddleware:
    """Gives the request an id that log lines, activity rows and error pages share."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        context = request_context.begin(
            client_address(request),
            is_request=True,
            session_key=lambda: getattr(getattr(request, "session", None), "session_key", None),
        )
        request.request_id = context.request_id  # type: ignore[attr-defined]
        try:
            response = self.get_response(request)
        finally:
            request_context.end()
        response.headers["X-Request-ID"] = context.request_id
        return response


class MethodsMiddleware:
    """Nothing of ours takes another method: it is refused before anybody asks who it is.

    A view that says nothing of methods would answer a DELETE as it answers a GET.
    """

    TAKEN = ("GET", "HEAD", "OPTIONS", "POST")

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in self.TAKEN:
            return HttpResponseNotAllowed(self.TAKEN)
        return self.get_response(request)


class BodyLimitMiddleware:
    """A body larger than its page takes is refused before anything of it is read or spooled.

    One of unknown length (chunked) as well: the server in front knows the length, browsers say it.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, *args: Any) -> HttpResponse | None:
        access = access_of(view)
        most = access.max_body if access else DEFAULT_BODY
        length = request.META.get("CONTENT_LENGTH") or "0"
        chunked = "HTTP_TRANSFER_ENCODING" in request.META
        if length.isdecimal() and int(length) <= most and not chunked:
            return None
        context = {"request_id": request.request_id, "megabytes": f"{most / MEGABYTE:g}"}  # type: ignore[attr-defined]
        return HttpResponse(render_to_string("413.html", context), status=413)


class PrivatePagesMiddleware:
    """A page made for one person is stored by nobody, and a fragment is no page."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        patch_vary_headers(response, ["HX-Request", "Cookie"])
        response.headers.setdefault("Cache-Control", "no-store, private")
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), geolocation=(), microphone=()"
        )
        return response


class RefusalMiddleware:
    """Shows a refusal once, here, so that no view needs a try."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: Any, error: Exception) -> HttpResponse | None:
        if not isinstance(error, Refused):
            return None
        status = 403 if isinstance(error, NotAllowed) else 409
        if request.htmx:
            response = render(request, "refusal.html#toast", {"refusal": error}, status=status)
            response.headers["HX-Retarget"] = "#toasts"
            response.headers["HX-Reswap"] = "beforeend"
            return response
        leads_back = status == 409 and not isinstance(error, Vanished)
        if request.method == "POST" and leads_back and (back := _where_from(request)):
            messages.error(request, str(error))
            return HttpResponseRedirect(back)
        return render(request, "refusal.html", {"refusal": error}, status=status)


def _where_from(request: HttpRequest) -> str | None:
    back = request.headers.get("Referer", "")
    ours = url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure())
    return back if back and ours else None
