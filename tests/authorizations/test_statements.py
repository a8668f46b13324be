"""What a page costs while somebody is in a customer's account: no more than before."""

import pytest

from activity.unread import read_column, unread_column, unread_of
from customers.proxies.models import ProxySession
from org.models import Partner
from tests import factories as f
from tests.authorizations.making import make_purchase
from tests.conftest import prove_client, sign_client_in
from tests.lists.test_query_counts import MOST, statements

pytestmark = pytest.mark.django_db


@pytest.fixture
def main_account(cast, customer, granted, client):
    """Who sees every column of the customer list, and acts for one of them."""
    prove_client(sign_client_in(client, cast.yun), cast.yun.user)
    client.post(f"/proxies/customers/{customer.pk}/order/", {"reason": "扩容"})
    client.get("/customers/")
    return client


@pytest.mark.parametrize("url", ["/customers/?name=客户", "/billing/orders/placed/?name=客户"])
def test_a_list_that_is_searched_costs_nothing_more(cast, customer, main_account, url):
    make_purchase(customer=customer, by=cast.yun, session=ProxySession.objects.get())
    assert "您正在客户" in main_account.get(url).content.decode()
    inside = statements(main_account, url)
    main_account.post("/proxies/leave/")
    assert inside <= statements(main_account, url) <= MOST


def test_what_is_unread_comes_along_with_the_banner(cast, main_account):
    f.make_announcement(title="今晚维护", level="important")
    page = main_account.get("/customers/").content.decode()
    assert "今晚维护" in page and "您正在客户" in page
    asked = {"on": f.TODAY, "most": 100}
    brought = Partner.objects.annotate(unread=unread_column(cast.yun, **asked)).first()
    assert read_column(brought.unread) == unread_of(cast.yun, **asked) != []


def test_pages_of_requests_keep_to_the_budget(cast, customer, main_account):
    resource = f.make_resource(customer=customer)
    make_purchase(customer=customer, by=cast.yun, session=ProxySession.objects.get())
    change = f.make_change(customer=customer, initiator="customer", state="partner")
    found = {
        url: statements(main_account, url)
        for url in (
            "/operations/",
            "/operations/buy/",
            f"/operations/resources/{resource.pk}/renew/",
            f"/authorizations/customers/{customer.pk}/",
            f"/authorizations/customers/{customer.pk}/ask/",
            f"/associations/customers/{customer.pk}/",
            f"/associations/customers/{customer.pk}/leave/",
            f"/associations/changes/{change.pk}/",
        )
    }
    assert {url: n for url, n in found.items() if n > MOST} == {}
