"""The world is built once for each test process; every test leaves it as it was."""

import gc
import logging
import os
from collections.abc import Iterator

import pytest
import time_machine
from django.db import transaction

from core import tenancy
from tests.factories import NOW

from . import planting
from . import world as worlds
from .asking import as_in_production
from .drawing import IN_CI


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all", action="store_true", help="every probe of the matrix")
    parser.addoption(
        "--pages",
        default="",
        help="only pages of which the name begins like one of these, separated by commas",
    )


@pytest.fixture(scope="session")
def limit(request: pytest.FixtureRequest) -> int | None:
    """How many probes; None: all of them."""
    if request.config.getoption("--all", default=False):
        return None
    return int(os.environ.get("MATRIX_PROBES", IN_CI))


@pytest.fixture(scope="session")
def only(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """Begin the names of the pages to ask; nothing for all of them."""
    return tuple(filter(None, str(request.config.getoption("--pages", default="")).split(",")))


@pytest.fixture(scope="package")
def _built(django_db_setup: None, django_db_blocker) -> Iterator[worlds.World]:
    with django_db_blocker.unblock(), transaction.atomic():
        with tenancy.vendor():
            world = worlds.build()
        gc.freeze()  # or every collection looks at the whole world again
        yield world
        transaction.set_rollback(True)
    with django_db_blocker.unblock():
        planting.reset_ids()


@pytest.fixture
def world(_built: worlds.World, django_db_blocker, settings) -> Iterator[worlds.World]:
    """The day of the world stands still, so that no session has to be stamped."""
    settings.WHITENOISE_AUTOREFRESH = settings.WHITENOISE_USE_FINDERS = False
    logging.disable(logging.CRITICAL)  # thousands of refusals are meant
    with django_db_blocker.unblock(), transaction.atomic(), time_machine.travel(NOW, tick=False):
        as_in_production()
        # What another test has seen, it may have seen on another day, or without a wall.
        _built.forget()
        yield _built
        transaction.set_rollback(True)
    logging.disable(logging.NOTSET)
