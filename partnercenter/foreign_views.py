"""Whom the pages of other packages let in, by URL name.

A page that is in none of these tables stays undeclared, and the project refuses to start
(core/startup.py): an upgrade of a package opens nothing by itself.
"""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from allauth.account import urls as account
from allauth.mfa import urls as second_factor
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.usersessions import urls as sessions
from django.conf.urls import i18n
from django.db import transaction
from django.http import HttpResponse
from django.urls import URLPattern, URLResolver, path
from django.utils.translation import gettext as _

from core.access import public
from core.refusals import Refused
from org.gate import signed_in

View = Callable[..., Any]

PUBLIC = {
    "account_login",
    "account_logout",
    "account_signup",  # says that an administrator makes accounts
    "account_inactive",
    "account_reset_password",
    "account_confirm_password_reset_code",
    "account_complete_password_reset",
    "account_password_reset_completed",
    "mfa_authenticate",
    "mfa_login_webauthn",
    "set_language",
}
# Open although the password must be changed first.
BEFORE_PASSWORD = {"account_change_password"}
# Open although there is no second factor yet: the pages that make one.
BEFORE_FACTOR = {
    "account_reauthenticate",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "mfa_index",
    "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn",
}
SIGNED_IN = {
    "mfa_deactivate_totp",
    "mfa_download_recovery_codes",
    "mfa_edit_webauthn",
    "mfa_generate_recovery_codes",
    "mfa_list_webauthn",
    "mfa_remove_webauthn",
    "mfa_view_recovery_codes",
    "usersessions_list",
}
# E-mail addresses are kept by administrators; nobody signs up or signs in by a mailed code.
NOT_SERVED = {
    "account_confirm_email",
    "account_confirm_login_code",
    "account_email",
    "account_email_verification_sent",
    "account_set_password",
}


def forget_the_browser(view: View) -> View:
    """After signing out nothing of the pages stays in the browser (T-HX-3)."""

    @wraps(view)
    def wrapper(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        if request.method == "POST":
            response.headers["Clear-Site-Data"] = '"cache", "storage"'
        return response

    return wrapper


def keep_one_factor(view: View) -> View:
    """allauth asks its adapter before it removes an app, but not before it removes a passkey."""

    @wraps(view)
    def wrapper(request: Any, *, pk: int) -> HttpResponse:
        passkey = Authenticator.objects.filter(user=request.user, pk=pk).first()
        if passkey and not get_adapter().can_delete_authenticator(passkey):
            raise Refused(_("这是您唯一的第二因素。请先添加另一个，再移除它。"))
        return view(request, pk=pk)

    return wrapper


_WRAPPED: dict[str, Callable[[View], View]] = {
    "account_logout": forget_the_browser,
    # The new password, its line in the log and the mail about it come together or not at all.
    "account_complete_password_reset": transaction.atomic,
    "mfa_remove_webauthn": keep_one_factor,
}


def _declared(name: str, view: View) -> View:
    view = _WRAPPED.get(name, lambda same: same)(view)
    if name in PUBLIC:
        return public(view)
    if name in BEFORE_PASSWORD:
        return signed_in(view, before="password")
    if name in BEFORE_FACTOR:
        return signed_in(view, before="factor")
    return signed_in(view) if name in SIGNED_IN else view


def _served(entries: Iterable[Any]) -> list[Any]:
    served: list[Any] = []
    for entry in entries:
        if isinstance(entry, URLResolver):
            served.append(URLResolver(entry.pattern, _served(entry.url_patterns)))
        elif entry.name not in NOT_SERVED:
            view = _declared(entry.name, entry.callback)
            served.append(URLPattern(entry.pattern, view, entry.default_args, entry.name))
    return served


def _under(prefix: str, patterns: list[Any]) -> Any:
    return path(prefix, (_served(patterns), None, None))


urlpatterns = [
    _under("accounts/", account.urlpatterns),
    _under("accounts/2fa/", second_factor.urlpatterns),
    _under("accounts/sessions/", sessions.urlpatterns),
    _under("i18n/", i18n.urlpatterns),
]
