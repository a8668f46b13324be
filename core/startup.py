"""What must be true before the project answers its first request."""

from typing import Any

from django.core.checks import Error, register
from django.core.exceptions import ImproperlyConfigured

from . import tenancy
from .access import undeclared_urls

_HINT = "Decorate the view with @requires, @signed_in, @vendor_only or @public."


@register()
def every_url_declares_its_access(app_configs: Any, **kwargs: Any) -> list[Error]:
    return [
        Error(f"{route} does not say whom it lets in.", hint=_HINT, id="core.E001")
        for route in undeclared_urls()
    ]


def refuse_unsafe_start() -> None:
    """For the web server, which does not run system checks."""
    if routes := undeclared_urls():
        raise ImproperlyConfigured(f"No access declared for {', '.join(routes)}. {_HINT}")
    tenancy.refuse_privileged_role()
