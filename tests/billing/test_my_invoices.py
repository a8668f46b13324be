"""我的发票: a customer sees whom to ask for which invoice, and nothing of others."""

import pytest

from billing.invoices.owed import owed_to
from tests import factories as f
from tests import money as m

pytestmark = pytest.mark.django_db
PAGE = "/my/invoices/"


@pytest.fixture
def customer(cast):
    return f.make_customer(manager=cast.jing, association_type="resale")


@pytest.fixture
def place(customer):
    return f.make_account_user(account=customer.cloud_account)


def test_the_customer_sees_who_issues_and_where_it_stands(cast, sign_in, customer, place):
    owed = m.make_owed(customer=customer)
    page = sign_in(place).get(PAGE).content.decode()
    assert "华南总代" in page and "未开票" in page and "100.00" in page
    m.make_own(obligation=owed, number="25442000009999")
    page = sign_in(place).get(PAGE).content.decode()
    assert "已开票" in page and "25442000009999" in page


def test_of_referral_the_customer_asks_the_vendor(cast, sign_in):
    customer = f.make_customer(manager=cast.jing)
    m.make_owed(customer=customer)
    place = f.make_account_user(account=customer.cloud_account)
    page = sign_in(place).get(PAGE).content.decode()
    assert "厂商" in page and "客户自行索取" in page


def test_what_a_former_partner_owes_stays_in_sight(cast, customer, place):
    other = f.make_customer(partner=cast.stranger, association_type="resale")
    m.make_owed(customer=other)
    m.make_owed(customer=customer)
    [row] = owed_to(place.cloud_account_id)
    assert row.issuer == "华南总代"
    assert [row.issuer for row in owed_to(other.cloud_account_id)] == ["北方总代"]


def test_others_invoices_are_not_on_it(cast, sign_in, place):
    m.make_owed(customer=f.make_customer(manager=cast.jing, association_type="resale"))
    assert "还没有需要开票的账期" in sign_in(place).get(PAGE).content.decode()
