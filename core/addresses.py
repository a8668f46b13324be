"""Addresses that come back from a browser."""

from django.utils.http import url_has_allowed_host_and_scheme


def own_address(given: str) -> str:
    """A page of this site that somebody is to come to (`next`); nothing if it is another's."""
    return given if given.startswith("/") and url_has_allowed_host_and_scheme(given, None) else ""
