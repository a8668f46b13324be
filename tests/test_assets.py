"""./run's first step: what the browser needs, from npm."""

import sys
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from partnercenter.management.commands import assets


@pytest.fixture
def clone(tmp_path, settings):
    """A fresh one, before the first npm ci."""
    settings.BASE_DIR = tmp_path
    settings.LOCALE_PATHS = []
    (tmp_path / "package-lock.json").write_text("{}")
    (tmp_path / "node_modules").mkdir()
    return tmp_path


def use(monkeypatch, script):
    monkeypatch.setattr(assets, "_npm", lambda: [sys.executable, "-c", script])


def test_what_npm_says_is_no_result_of_the_command(clone, monkeypatch, capfd):
    use(monkeypatch, "print('added 12 packages')")
    call_command("assets", stdout=StringIO())
    said = capfd.readouterr()
    assert "added" not in said.out and "added 12 packages" in said.err


def test_the_same_lock_is_installed_once(clone, monkeypatch, capfd):
    use(monkeypatch, "print('added 12 packages')")
    for _again in range(2):
        call_command("assets", stdout=StringIO())
    assert capfd.readouterr().err.count("added") == 1


def test_a_failed_installation_is_tried_again(clone, monkeypatch):
    use(monkeypatch, "raise SystemExit(1)")
    for _again in range(2):
        with pytest.raises(CommandError, match="npm ci 失败"):
            call_command("assets", stdout=StringIO())
