"""A 代售 customer of the reseller, whose distributor lets it act for customers."""

import pytest

from tests import factories as f
from tests.authorizations.making import make_authorization, make_proxy_right


@pytest.fixture
def right(cast):
    return make_proxy_right(reseller=cast.reseller, by=cast.zong)


@pytest.fixture
def customer(cast, right):
    return f.make_customer(manager=cast.jing, association_type="resale")


@pytest.fixture
def place(customer):
    return f.make_account_user(account=customer.cloud_account)


@pytest.fixture
def granted(cast, customer, place):
    return make_authorization(customer=customer, by=cast.jing)
