"""The door into a customer's account: asked anew with every request."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from core import clock

from . import services
from .models import ProxySession
from .services import Current

KEY = "proxy_session"  # of the browser's session

View = Callable[..., HttpResponse]


def begin(request: Any, session: ProxySession) -> None:
    request.session[KEY] = session.pk


def of_request(request: Any, **beside: Any) -> Current | None:
    """The request's session in a customer's account, found once; none costs no statement.

    `beside`: columns that the statement brings along, unless it was made before.
    """
    pk = getattr(request, "session", {}).get(KEY)  # a list that a worker makes has no session
    if not pk or not getattr(request, "member", None):
        return None
    if not hasattr(request, "proxy"):
        request.proxy = services.current(pk, request.member, at=clock.now(), **beside)
    return request.proxy


def leave(request: Any) -> Current | None:
    """Out of the account, whatever has become of the session."""
    found = of_request(request)
    request.session.pop(KEY, None)
    if found:
        services.leave(found.session, by=request.member, at=clock.now())
        del request.proxy
    return found


def in_customers_account(view: View) -> View:
    """Below `@requires`: the view gets `request.proxy.session`, which holds at this moment."""

    @wraps(view)
    def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        found = of_request(request)
        if found is None:
            messages.warning(request, _("请先在客户的“授权”页进入客户账号。"))
            return redirect("authorizations:authorization_list")
        if found.over:
            leave(request)
            words = _("代客操作已结束：%(why)s。") % {"why": found.over_label}
            messages.warning(request, words)
            return redirect("authorizations:authorization_list")
        services.touch(found.session, at=clock.now())
        return view(request, *args, **kwargs)

    return guarded
