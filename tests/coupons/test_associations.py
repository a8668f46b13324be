"""What leaving and switching do to coupons."""

from datetime import timedelta

import pytest

from associations.services.checks import outlook
from associations.services.effects import Step, plan
from core import tenancy
from coupons.models import Coupon, CouponRecord
from tests.factories import NOW, make_customer, make_member

from .making import left, make_coupon, make_quota, make_whitelist

pytestmark = pytest.mark.django_db


@pytest.fixture
def main():
    return make_member(role="partner_admin")


@pytest.mark.parametrize(
    ("kind", "type_after", "record"), [("leave", "", "leave"), ("switch", "referral", "switch")]
)
def test_coupons_return_with_their_own_type_of_record(main, kind, type_after, record):
    customer = make_customer(partner=main.partner, association_type="resale")
    quota = make_quota(main.partner)
    coupon = make_coupon(quota, customer, by=main)
    step = Step(customer, kind, type_after, "association:1")
    with tenancy.vendor():
        effects = plan(step)
        (effect,) = [each for each in effects if each.code == "coupons"]
        assert effect.says == "1 张伙伴发放的券退回伙伴，客户不能再使用。"
        effect.run(None, NOW + timedelta(hours=1))
    assert CouponRecord.objects.get(coupon=coupon, type=record).amount == 100
    assert not Coupon.objects.usable().exists()
    assert left(quota)["account"] == 1000


def test_an_unused_pickup_coupon_keeps_its_customer_from_leaving(main):
    customer = make_customer(partner=main.partner, association_type="resale")
    make_whitelist(kind="pickup", by=main, numbers=[customer.number])
    make_coupon(make_quota(main.partner, kind="pickup"), customer, by=main)
    checked = outlook(customer, "leave").checked
    assert [str(each.check.label) for each in checked if not each.passed] == ["没有未用完的提货券"]
    assert outlook(customer, "switch", "referral").passed
