"""转售: a distributor and its reseller of that model, each with a customer."""

import pytest

from tests import factories as f
from tests.limits.making import sell_postpaid


@pytest.fixture
def cast(cast):
    return sell_postpaid(cast)


@pytest.fixture
def customer(cast):
    """The distributor's own."""
    return f.make_customer(partner=cast.distributor, association_type="postpaid")


@pytest.fixture
def theirs(cast):
    """Its reseller's."""
    return f.make_customer(manager=cast.jing, association_type="postpaid")
