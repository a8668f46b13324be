"""What the environment says, and what the settings make of it."""

from importlib.util import module_from_spec, spec_from_file_location
from types import ModuleType

import pytest
from django.conf import settings


@pytest.fixture
def read(monkeypatch):
    """`read(HTTPS="true")`: the settings as that environment makes them."""

    def loaded(**environment: str) -> ModuleType:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        path = settings.BASE_DIR / "partnercenter/settings.py"
        spec = spec_from_file_location("partnercenter.settings", path)
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return loaded


def test_the_scheme_is_taken_from_a_header_only_behind_a_proxy(read):
    assert not hasattr(read(HTTPS="true"), "SECURE_PROXY_SSL_HEADER")
    behind = read(HTTPS="true", TRUSTED_PROXIES="1")
    assert behind.SECURE_PROXY_SSL_HEADER == ("HTTP_X_FORWARDED_PROTO", "https")
