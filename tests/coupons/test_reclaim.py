"""回收: what is left of a coupon goes home, once, and nobody uses it after that."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection

from core import tenancy
from core.refusals import NotAllowed, Refused
from coupons.models import Coupon, CouponRecord
from coupons.services.quotas import Gift, give_quota, take_quota
from coupons.services.reclaiming import expire_coupons, reclaim_coupon, reclaim_coupons_of
from coupons.services.using import hold_coupon, release_coupon, use_coupon
from customers.accounts.models import AccountNotice
from ledger.services import balance
from org.permissions import FINANCE
from tests.factories import NOW, make_account_user, make_customer, make_member, make_order

from .making import issue, left, make_coupon, make_quota

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


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


def test_all_that_is_left_goes_back_to_the_quota(coupon, quota, main):
    made = reclaim_coupon(coupon, by=main, at=LATER)
    assert (made.type, made.amount, made.is_lost) == ("reclaim", 100, False)
    assert (left(quota)["account"], balance(coupon.account_id)) == (1000, 0)
    coupon.refresh_from_db()
    assert coupon.state == Coupon.State.RECLAIMED


def test_of_an_expired_quota_it_is_written_off(main, customer):
    quota = make_quota(main.partner, 1000, days=10)
    coupon = make_coupon(quota, customer, by=main)
    made = reclaim_coupon(coupon, by=main, at=NOW + timedelta(days=11))
    assert made.is_lost
    assert (left(quota)["account"], left(quota)["lost"]) == (900, 100)


def test_a_coupon_is_reclaimed_once(coupon, main):
    reclaim_coupon(coupon, by=main, at=LATER)
    with pytest.raises(Refused, match="该券当前为“已回收”，不能回收"):
        reclaim_coupon(coupon, by=main, at=LATER)
    assert CouponRecord.objects.filter(type="reclaim").count() == 1


def test_what_an_order_holds_is_not_reclaimed(coupon, customer, main):
    use = hold_coupon(coupon, make_order(customer=customer), Decimal(30), at=LATER)
    with pytest.raises(Refused, match="被一个订单锁定"):
        reclaim_coupon(coupon, by=main, at=LATER)
    release_coupon(use, at=LATER)
    assert reclaim_coupon(coupon, by=main, at=LATER).amount == 100


def test_what_was_used_stays_used(coupon, customer, quota, main):
    use_coupon(hold_coupon(coupon, make_order(customer=customer), Decimal(30), at=LATER), at=LATER)
    assert reclaim_coupon(coupon, by=main, at=LATER).amount == 70
    assert left(quota) == {"account": 970, "held": 0, "used": 30, "lost": 0}


def test_who_only_looks_reclaims_nothing(coupon, main):
    finance = make_member(partner=main.partner, role=FINANCE)
    with pytest.raises(NotAllowed):
        reclaim_coupon(coupon, by=finance, at=LATER)


def test_another_partners_coupon_is_not_found(coupon):
    with pytest.raises(Refused):
        reclaim_coupon(coupon, by=make_member(role="partner_admin"), at=LATER)


def test_the_customer_is_told_and_sees_it_no_more(coupon, customer, main):
    place = make_account_user(account=customer.cloud_account)
    with tenancy.customer(customer.cloud_account_id, user_id=place.user_id):
        assert seen() == [coupon.pk]
    reclaim_coupon(coupon, by=main, at=LATER)
    with tenancy.customer(customer.cloud_account_id, user_id=place.user_id):
        assert seen() == []  # by the database, whatever a page asks
    assert AccountNotice.objects.filter(kind="account.coupon_reclaimed").count() == 1


def test_another_customer_sees_neither_coupon_nor_balance(coupon):
    place = make_account_user()
    with tenancy.customer(place.cloud_account_id, user_id=place.user_id):
        assert seen() == []
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM ledger_account")
            assert cursor.fetchone() == (0,)


def seen():
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM coupons_coupon ORDER BY id")
        return [pk for (pk,) in cursor.fetchall()]


@pytest.mark.parametrize("reason", ["leave", "switch"])
def test_a_customer_that_goes_gives_its_coupons_back(coupon, customer, quota, reason):
    with tenancy.vendor():
        assert reclaim_coupons_of(customer, reason, by=None, at=LATER) == 1
    made = CouponRecord.objects.get(coupon=coupon, type=reason)
    assert (made.amount, made.member, left(quota)["account"]) == (100, None, 1000)


def test_what_is_over_goes_back_by_itself(main, customer):
    quota = make_quota(main.partner, 1000)
    coupon = make_coupon(quota, customer, by=main, ends_at=NOW + timedelta(days=2))
    assert expire_coupons(at=NOW + timedelta(days=1)) == 0
    assert expire_coupons(at=NOW + timedelta(days=2)) == 1
    assert expire_coupons(at=NOW + timedelta(days=2)) == 0
    coupon.refresh_from_db()
    assert (coupon.state, left(quota)["account"]) == ("expired", 1000)
    assert CouponRecord.objects.get(coupon=coupon, type="expire").amount == 100


def test_what_returns_to_a_quota_that_was_taken_back_goes_where_that_went(cast):
    zong, yun = cast.zong, cast.yun
    quota = make_quota(cast.distributor, 1000)
    (given,) = give_quota(
        quota, Gift((cast.reseller,), Decimal(400)), token=uuid4(), by=zong, at=NOW
    )
    customer = make_customer(partner=cast.reseller)
    with tenancy.tenant(cast.reseller.pk, user_id=yun.user_id):
        (issued,) = issue(given.given, customer, by=yun)
    with tenancy.tenant(cast.distributor.pk, user_id=zong.user_id):
        assert take_quota(given.given, by=zong, at=LATER).amount == 300
    with tenancy.tenant(cast.reseller.pk, user_id=yun.user_id):
        reclaim_coupon(issued.coupon, by=yun, at=LATER)
    assert left(quota)["account"] == 1000
    assert left(given.given)["account"] == 0
