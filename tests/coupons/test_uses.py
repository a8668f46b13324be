"""使用记录 as a list, several types of 操作记录 at once, and the customer's own file."""

from decimal import Decimal

import pytest

from coupons.models import CouponUse
from coupons.services.reclaiming import reclaim_coupon
from coupons.services.using import hold_coupon, release_coupon
from org.permissions import ACCOUNT_MANAGER
from tests.factories import NOW, make_account_user, make_customer, make_order

from .making import make_coupon, make_quota, use_some

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]


@pytest.fixture
def frozen(monkeypatch):
    monkeypatch.setattr("core.clock.now", lambda: NOW)


def used(cast, *, partner, by, amount=40, **fields):
    """A coupon of which an order used some, and the order."""
    customer = make_customer(partner=partner, **fields)
    coupon = make_coupon(make_quota(partner), customer, by=by)
    order = make_order(customer=customer)
    use_some(coupon, order, amount)
    return coupon, order


def page(client, query=""):
    return client.get(f"/coupons/uses/{query}").content.decode()


def test_each_order_is_listed_with_its_part_of_the_coupon(cast, sign_in):
    coupon, order = used(cast, partner=cast.distributor, by=cast.zong, amount="40.5")
    shown = page(sign_in(cast.zong))
    assert order.number in shown and coupon.number in shown
    assert "40.50" in shown


def test_orders_of_other_partners_are_not_listed(cast, sign_in):
    _coupon, order = used(cast, partner=cast.distributor, by=cast.zong)
    assert order.number not in page(sign_in(cast.yun))


def test_who_works_with_his_own_customers_sees_theirs(cast, sign_in):
    _coupon, mine = used(cast, partner=cast.reseller, by=cast.yun, manager=cast.jing)
    used(cast, partner=cast.reseller, by=cast.yun)
    assert cast.jing.roles == [ACCOUNT_MANAGER]
    seen = CouponUse.objects.visible_to(cast.jing).values_list("order__number", flat=True)
    assert list(seen) == [mine.number]


def test_uses_are_found_by_order_coupon_customer_and_state(cast, sign_in):
    coupon, order = used(cast, partner=cast.distributor, by=cast.zong, name="云帆科技")
    _coupon, other = used(cast, partner=cast.distributor, by=cast.zong, name="大地贸易")
    freed = hold_coupon(coupon, make_order(customer=coupon.customer), Decimal(1), at=NOW)
    release_coupon(freed, at=NOW)
    client = sign_in(cast.zong)
    for query in (
        f"?order={order.number}",
        f"?coupon={coupon.number}&tab=used",
        "?name=云帆&tab=used",
    ):
        shown = page(client, query)
        assert order.number in shown and other.number not in shown, query
    assert order.number not in page(client, "?tab=released")


def test_records_are_found_by_several_types_at_once(cast, sign_in):
    quota = make_quota(cast.distributor)
    coupon = make_coupon(quota, make_customer(partner=cast.distributor), by=cast.zong)
    reclaim_coupon(coupon, by=cast.zong, at=NOW)
    client = sign_in(cast.zong)

    def count(query):
        return client.get(f"/coupons/records/{query}").content.decode().count('<tr id="row-')

    assert count("?type=issue&type=reclaim") == 2
    assert count("?type=issue") == count("?type=issue&type=expire") == 1
    assert count("?type=leave&type=expire") == 0
    said = client.get("/coupons/records/?type=issue&type=reclaim").content.decode()
    assert "发放、手动回收" in said
    assert client.get("/coupons/records/?type=issue&type=x").status_code == 400


def test_a_customer_takes_its_coupons_as_a_file(cast, sign_in):
    customer = make_customer(partner=cast.distributor)
    place = make_account_user(account=customer.cloud_account)
    quota = make_quota(cast.distributor)
    coupon = make_coupon(quota, customer, by=cast.zong, min_order=Decimal(500))
    gone = make_coupon(quota, customer, by=cast.zong)
    foreign = make_coupon(quota, make_customer(partner=cast.distributor), by=cast.zong)
    reclaim_coupon(gone, by=cast.zong, at=NOW)
    client = sign_in(place)
    assert "/my/coupons/file/" in client.get("/my/coupons/").content.decode()
    answer = client.get("/my/coupons/file/")
    assert answer["Content-Type"].startswith("text/csv")
    text = answer.content.decode()
    assert coupon.number in text and "订单满 500.00 元可用" in text
    assert gone.number not in text and foreign.number not in text
