"""发放: who gets a coupon, of which quota, and that it is issued once."""

from datetime import timedelta
from uuid import uuid4

import pytest

from core.refusals import NotAllowed, Refused
from coupons.models import Coupon, CouponRecord
from coupons.services.quotas import set_quota_state
from customers.accounts.models import AccountNotice
from ledger.services import KeyTaken, balance
from org.permissions import ACCOUNT_MANAGER
from tests.factories import NOW, make_account_user, make_customer, make_member, make_partner

from .making import issue, left, make_coupon, make_quota, make_whitelist

pytestmark = pytest.mark.django_db


@pytest.fixture
def main():
    return make_member(role="partner_admin")


@pytest.fixture
def customer(main):
    return make_customer(partner=main.partner, association_type="resale")


def test_a_coupon_takes_its_face_from_the_quota(main, customer):
    quota = make_quota(main.partner, 1000)
    coupon = make_coupon(quota, customer, by=main, face="300.50")
    assert left(quota)["account"] == 1000 - coupon.face
    assert balance(coupon.account_id) == coupon.face
    quota.refresh_from_db()
    assert (quota.coupons_issued, quota.total_issued) == (1, coupon.face)


def test_the_customer_is_told(main, customer):
    make_account_user(account=customer.cloud_account)
    make_coupon(make_quota(main.partner), customer, by=main)
    told = AccountNotice.objects.get(cloud_account=customer.cloud_account)
    assert told.kind == "account.coupon_issued"


def test_the_same_submit_issues_once(main, customer):
    quota, token = make_quota(main.partner), uuid4()
    first = issue(quota, customer, by=main, token=token)
    again = issue(quota, customer, by=main, token=token)
    assert [each.pk for each in again] == [each.pk for each in first]
    assert Coupon.objects.count() == 1


def test_the_same_submit_with_another_content_is_refused(main, customer):
    quota, token = make_quota(main.partner), uuid4()
    issue(quota, customer, by=main, token=token)
    with pytest.raises(KeyTaken):
        issue(quota, customer, by=main, token=token, face=200)


def test_who_is_blocked_is_recorded_and_the_others_get_theirs(main, customer):
    quota = make_quota(main.partner, association_types=["resale"])
    other = make_customer(partner=main.partner, association_type="referral")
    done, failed = issue(quota, customer, other, by=main)
    assert (done.is_done, failed.is_done) == (True, False)
    assert failed.reason == "该额度不能发给此关联类型的客户。"
    assert left(quota)["account"] == 900


def test_more_than_the_quota_has_is_refused_whole(main, customer):
    quota = make_quota(main.partner, 150)
    other = make_customer(partner=main.partner)
    with pytest.raises(Refused, match=r"共需 200.00 元，额度余额只有 150.00 元"):
        issue(quota, customer, other, by=main)
    assert not CouponRecord.objects.exists()


def test_a_form_takes_ten_customers(main):
    quota = make_quota(main.partner, 10_000)
    customers = [make_customer(partner=main.partner) for _n in range(11)]
    with pytest.raises(Refused, match="最多发放 10 个"):
        issue(quota, *customers, by=main)


@pytest.mark.parametrize(
    ("limits", "face", "sentence"),
    [
        ({"face_min": 50}, 49, "低于该额度的最小面值"),
        ({"face_max": 50}, 51, "高于该额度的最大面值"),
        ({"total_most": 60}, 61, "总面值超过"),
        ({"coupons_most": 0}, 1, "还可发放 0 张"),
    ],
)
def test_a_quota_limits_its_coupons(main, customer, limits, face, sentence):
    quota = make_quota(main.partner, **limits)
    with pytest.raises(Refused, match=sentence):
        issue(quota, customer, by=main, face=face)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"starts_at": NOW - timedelta(days=9)}, "有效期须在额度的有效期之内"),
        ({"ends_at": NOW + timedelta(days=999)}, "有效期须在额度的有效期之内"),
        ({"services": ("对象存储",)}, "云服务类型超出"),
        ({"order_types": ("renew",)}, "订购类型超出"),
        ({"ratio": 50}, "没有使用限制比例"),
    ],
)
def test_a_coupon_stays_within_its_quota(main, customer, fields, sentence):
    quota = make_quota(main.partner, services=["弹性云服务器"], order_types=["new"])
    with pytest.raises(Refused, match=sentence):
        issue(
            quota,
            customer,
            by=main,
            **({"services": ("弹性云服务器",), "order_types": ("new",)} | fields),
        )


def test_what_is_not_said_is_the_quotas(main, customer):
    quota = make_quota(main.partner, services=["弹性云服务器"], order_types=["new"])
    coupon = make_coupon(quota, customer, by=main, services=("弹性云服务器",), order_types=("new",))
    assert (coupon.services, coupon.order_types) == (["弹性云服务器"], ["new"])


def test_only_customers_on_the_white_list_get_a_pickup_coupon(main, customer):
    quota = make_quota(main.partner, kind="pickup")
    (failed,) = issue(quota, customer, by=main)
    assert failed.reason == "该客户不在白名单中。"
    make_whitelist(kind="pickup", by=main, numbers=[customer.number])
    assert make_coupon(quota, customer, by=main).kind == "pickup"


def test_the_newest_version_of_the_white_list_counts(main, customer):
    quota = make_quota(main.partner, kind="cash")
    make_whitelist(kind="cash", by=main, numbers=[customer.number])
    make_whitelist(kind="cash", by=main, numbers=["other"], version=2)
    (failed,) = issue(quota, customer, by=main)
    assert not failed.is_done


def test_a_quota_for_first_time_customers_looks_at_other_partners_too(main, customer):
    quota = make_quota(main.partner, only_first_time=True)
    make_customer(
        number=customer.number,
        partner=make_partner(),
        associated_at=NOW - timedelta(days=900),
        disassociated_at=NOW - timedelta(days=800),
    )
    (failed,) = issue(quota, customer, by=main)
    assert failed.reason == "该额度只能发给首次关联的客户。"


def test_a_finance_managed_sub_account_gets_none(main, customer):
    customer.cloud_account.facts = ["managed_sub"]
    customer.cloud_account.save()
    (failed,) = issue(make_quota(main.partner), customer, by=main)
    assert "企业主账号" in failed.reason


def test_a_quota_for_named_customers_is_for_them_alone(main, customer):
    (failed,) = issue(make_quota(main.partner, only_customers=["x"]), customer, by=main)
    assert failed.reason == "该额度只能发给指定的客户。"


@pytest.mark.parametrize("state", ["frozen", "adjusting", "invalid"])
def test_only_a_normal_quota_is_issued_of(main, customer, state):
    quota = make_quota(main.partner)
    set_quota_state(quota, state, "核查", by=None, at=NOW)
    with pytest.raises(NotAllowed, match="额度当前为"):
        issue(quota, customer, by=main)


def test_a_quota_whose_time_is_over_is_not_issued_of(main, customer):
    quota = make_quota(main.partner, days=30)
    with pytest.raises(NotAllowed, match="已过有效期"):
        issue(quota, customer, by=main, at=NOW + timedelta(days=30))


def test_an_account_manager_issues_nothing(main, customer):
    manager = make_member(partner=main.partner, role=ACCOUNT_MANAGER)
    with pytest.raises(NotAllowed):
        issue(make_quota(main.partner), customer, by=manager)
