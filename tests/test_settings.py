"""What the environment says, and what the settings make of it."""

import ast
import re
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import get_commands


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


def test_files_go_to_the_storage_that_is_named(read):
    options = read(MEDIA_STORAGE="shop.Bucket", MEDIA_STORAGE_OPTIONS='{"bucket_name": "pc"}')
    storage = options.STORAGES["default"]
    assert storage == {"BACKEND": "shop.Bucket", "OPTIONS": {"bucket_name": "pc"}}


@pytest.mark.parametrize(("days", "kept"), [("180", 180), ("3650", 3650)])
def test_the_log_is_kept_for_as_long_as_is_said(read, days, kept):
    found = read(ACTIVITY_RETENTION_DAYS=days).ACTIVITY_RETENTION_DAYS
    assert found == kept


def test_the_log_is_kept_for_400_days_and_never_less_than_180(read):
    usual = read().ACTIVITY_RETENTION_DAYS
    assert usual == 400
    with pytest.raises(ImproperlyConfigured, match="180 days at least"):
        read(ACTIVITY_RETENTION_DAYS="179")


def test_notices_are_kept_for_400_days_and_never_less_than_30(read):
    assert read().NOTICE_RETENTION_DAYS == 400
    assert read(NOTICE_RETENTION_DAYS="30").NOTICE_RETENTION_DAYS == 30
    with pytest.raises(ImproperlyConfigured, match="30 days at least"):
        read(NOTICE_RETENTION_DAYS="29")


# ---- what operators read ----

_LOOKS_UP = re.compile(r"env(\.\w+)?|os\.environ\.get")
MANUAL = (settings.BASE_DIR / "docs/operations.md").read_text()


def table(heading: str) -> set[str]:
    """What the first column of a section's table names."""
    section = MANUAL.split(f"## {heading}\n")[1].split("\n## ")[0]
    rows = (line.split("|")[1] for line in section.splitlines() if line.startswith("| `"))
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row)}


def variables() -> set[str]:
    """Every name that the settings and the embedded servers look up in the environment."""
    found: set[str] = set()
    folder = settings.BASE_DIR / "partnercenter"
    for path in (folder / "settings.py", *(folder / "devstack").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and _LOOKS_UP.fullmatch(ast.unparse(node.func)):
                first = node.args[0] if node.args else None
                if isinstance(first, ast.Constant):
                    found.add(first.value)
    return found


def test_the_manual_names_every_setting_and_no_other():
    assert table("Settings") == variables()


def test_the_manual_names_every_command_and_no_other():
    own = {
        app.label for app in apps.get_app_configs() if Path(app.path).parent == settings.BASE_DIR
    }
    assert table("Commands") == {name for name, app in get_commands().items() if app in own}
