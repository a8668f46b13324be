"""Whose address a request has: headers that anybody may send count only behind proxies."""

import pytest
from django.test import RequestFactory

from core.middleware import client_address


def address(*, forwarded: str | None = None, remote: str = "192.0.2.1") -> str | None:
    headers = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded is not None else {}
    return client_address(RequestFactory().get("/", REMOTE_ADDR=remote, **headers))


def test_without_proxies_the_header_is_not_believed(settings):
    settings.TRUSTED_PROXIES = 0
    assert address(forwarded="203.0.113.7") == "192.0.2.1"


@pytest.mark.parametrize(("hops", "expected"), [(1, "198.51.100.2"), (2, "203.0.113.7")])
def test_each_proxy_is_believed_for_the_one_before_it(settings, hops, expected):
    settings.TRUSTED_PROXIES = hops
    assert address(forwarded="6.6.6.6, 203.0.113.7, 198.51.100.2") == expected


def test_a_header_with_too_few_hops_did_not_come_through_the_proxies(settings):
    settings.TRUSTED_PROXIES = 2
    assert address(forwarded="203.0.113.7") == "192.0.2.1"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (" 203.0.113.7 ", "203.0.113.7"),
        ("203.0.113.7:4711", "203.0.113.7"),
        ("2001:DB8::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
    ],
)
def test_an_address_is_understood_however_a_proxy_writes_it(settings, written, meant):
    settings.TRUSTED_PROXIES = 1
    assert address(forwarded=written) == meant


@pytest.mark.parametrize("garbage", ["", "unknown", "_hidden", "1.2.3", "'; DROP", "[", "1:2:3"])
def test_garbage_is_no_address(settings, garbage):
    settings.TRUSTED_PROXIES = 1
    assert address(forwarded=garbage) == "192.0.2.1"


def test_a_unix_socket_has_none():
    assert address(remote="") is None
