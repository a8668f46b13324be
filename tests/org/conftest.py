"""Limits are counted in Valkey, which no test's transaction rolls back."""

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def _no_guesses_yet() -> None:
    cache.clear()
