"""Use: what orders hold, use and give back of a coupon."""

from datetime import timedelta
from decimal import Decimal

import pytest

from core.refusals import InvalidTransition, Refused
from coupons.models import CouponRecord
from coupons.services.using import (
    hold_coupon,
    refund_coupon,
    release_coupon,
    usable_for,
    use_coupon,
)
from ledger.services import Insufficient, balance
from tests.factories import NOW, make_customer, make_member, make_order, make_service

from .making import left, make_coupon, make_quota, make_whitelist

pytestmark = pytest.mark.django_db


@pytest.fixture
def main():
    return make_member(role="partner_admin")


@pytest.fixture
def customer(main):
    return make_customer(partner=main.partner, association_type="resale")


@pytest.fixture
def quota(main):
    return make_quota(main.partner, 1000)


@pytest.fixture
def coupon(quota, customer, main):
    return make_coupon(quota, customer, by=main)


def order(customer, amount=200, **fields):
    return make_order(customer=customer, amount=Decimal(amount), **fields)


def test_several_orders_use_a_coupon_until_it_is_empty(coupon, customer, quota):
    use_coupon(hold_coupon(coupon, order(customer), Decimal(60), at=NOW), at=NOW)
    use_coupon(hold_coupon(coupon, order(customer), Decimal(40), at=NOW), at=NOW)
    coupon.refresh_from_db()
    assert (coupon.state, left(quota)["used"]) == ("used", 100)


def test_more_than_is_left_is_refused(coupon, customer):
    hold_coupon(coupon, order(customer), Decimal(60), at=NOW)
    with pytest.raises(Insufficient, match=r"可用余额 40\.00"):
        hold_coupon(coupon, order(customer), Decimal("40.01"), at=NOW)


def test_an_order_uses_one_coupon(quota, customer, main):
    one, two = (make_coupon(quota, customer, by=main) for _n in range(2))
    bought = order(customer)
    hold_coupon(one, bought, Decimal(10), at=NOW)
    with pytest.raises(Refused, match="一个订单只能使用一张券"):
        hold_coupon(two, bought, Decimal(10), at=NOW)


def test_what_is_let_go_can_be_used_again(coupon, customer, quota):
    use = hold_coupon(coupon, order(customer), Decimal(60), at=NOW)
    assert (balance(coupon.account_id), left(quota)["held"]) == (40, 60)
    release_coupon(use, at=NOW)
    assert (balance(coupon.account_id), left(quota)["held"]) == (100, 0)
    with pytest.raises(InvalidTransition):
        release_coupon(use, at=NOW)


def test_a_full_refund_within_five_days_gives_the_voucher_back(coupon, customer, quota):
    use = use_coupon(hold_coupon(coupon, order(customer), Decimal(100), at=NOW), at=NOW)
    assert refund_coupon(use, at=NOW + timedelta(days=5))
    coupon.refresh_from_db()
    assert (coupon.state, balance(coupon.account_id), left(quota)["used"]) == ("usable", 100, 0)


def test_a_later_refund_does_not(coupon, customer, quota):
    use = use_coupon(hold_coupon(coupon, order(customer), Decimal(100), at=NOW), at=NOW)
    assert not refund_coupon(use, at=NOW + timedelta(days=5, seconds=1))
    assert left(quota)["used"] == 100


def test_a_pickup_coupon_is_given_back_whenever(main, customer):
    make_whitelist(kind="pickup", by=main, numbers=[customer.number])
    quota = make_quota(main.partner, kind="pickup")
    coupon = make_coupon(quota, customer, by=main)
    use = use_coupon(hold_coupon(coupon, order(customer), Decimal(100), at=NOW), at=NOW)
    assert refund_coupon(use, at=NOW + timedelta(days=90))


def test_a_refund_after_the_end_goes_to_the_quota_with_a_record(quota, customer, main):
    coupon = make_coupon(quota, customer, by=main, ends_at=NOW + timedelta(days=1))
    use = use_coupon(hold_coupon(coupon, order(customer), Decimal(100), at=NOW), at=NOW)
    assert refund_coupon(use, at=NOW + timedelta(days=2))
    assert left(quota)["account"] == 1000
    assert CouponRecord.objects.get(type="unsubscribe").amount == 100


@pytest.mark.parametrize(
    ("terms", "bought", "sentence"),
    [
        ({"min_order": Decimal(300)}, {}, "低于该券的最小可用订单额"),
        ({"services": ("对象存储",)}, {}, "不适用于此云服务类型"),
        ({"order_types": ("renew",)}, {}, "不适用于此订购类型"),
        ({"starts_at": NOW + timedelta(days=1)}, {}, "尚未生效"),
        ({"ends_at": NOW}, {}, "已过期"),
        ({}, {"amount": 20}, "最多可抵扣此订单的 20"),
    ],
)
def test_a_coupon_pays_what_its_terms_allow(quota, customer, main, terms, bought, sentence):
    make_service(name="弹性云服务器")
    coupon = make_coupon(quota, customer, by=main, **terms)
    with pytest.raises(Refused, match=sentence):
        hold_coupon(coupon, order(customer, **bought), Decimal(50), at=NOW)


def test_a_share_limits_what_of_an_order_is_paid(main, customer):
    make_whitelist(kind="cash", by=main, numbers=[customer.number])
    coupon = make_coupon(make_quota(main.partner, kind="cash"), customer, by=main, ratio=30)
    with pytest.raises(Refused, match=r"最多可抵扣此订单的 60\.00 元"):
        hold_coupon(coupon, order(customer, 200), Decimal("60.01"), at=NOW)
    assert hold_coupon(coupon, order(customer, 200), Decimal(60), at=NOW)


def test_a_coupon_is_its_customers(coupon):
    with pytest.raises(Refused, match="不属于此订单的客户"):
        hold_coupon(coupon, order(make_customer()), Decimal(10), at=NOW)


def test_at_payment_the_usable_ones_are_offered_the_largest_first(quota, customer, main):
    small = make_coupon(quota, customer, by=main, face=50)
    large = make_coupon(quota, customer, by=main, face=150)
    make_coupon(quota, customer, by=main, order_types=("renew",))
    bought = order(customer, 120)
    assert usable_for(bought, at=NOW) == [(large, 120), (small, 50)]


@pytest.mark.parametrize("amount", ["0", "-1", "0.001", "1e400", "NaN"])
def test_no_order_holds_an_amount_that_is_none(coupon, customer, amount):
    with pytest.raises(Refused, match="最多两位小数"):
        hold_coupon(coupon, order(customer), Decimal(amount), at=NOW)
