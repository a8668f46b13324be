"""The world is built once for each test process and module; every test leaves it as it was."""

import logging
import os
from collections.abc import Iterator

import pytest
from django.db import transaction

from core import tenancy

from . import planting
from . import world as worlds
from .asking import as_in_production

IN_CI = 15_000  # probes of the matrix, all actors together


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all", action="store_true", help="every probe of the matrix")


@pytest.fixture(scope="session")
def limit(request: pytest.FixtureRequest) -> int | None:
    """How many probes; None: all of them."""
    if request.config.getoption("--all", default=False):
        return None
    return int(os.environ.get("MATRIX_PROBES", IN_CI))


@pytest.fixture(scope="module")
def _built(django_db_setup: None, django_db_blocker) -> Iterator[worlds.World]:
    with django_db_blocker.unblock(), transaction.atomic():
        with tenancy.vendor():
            world = worlds.build()
        yield world
        transaction.set_rollback(True)
    with django_db_blocker.unblock():
        planting.reset_ids()


@pytest.fixture
def world(_built: worlds.World, django_db_blocker, settings) -> Iterator[worlds.World]:
    settings.WHITENOISE_AUTOREFRESH = settings.WHITENOISE_USE_FINDERS = False
    logging.disable(logging.CRITICAL)  # thousands of refusals are meant
    with django_db_blocker.unblock(), transaction.atomic():
        as_in_production()
        yield _built
        transaction.set_rollback(True)
    logging.disable(logging.NOTSET)
