"""活动代金券, the vendor's answer: granted, issued and told in one step, or refused."""

from datetime import timedelta
from decimal import Decimal

import pytest

from activity.models import Activity, Notification
from core import tenancy
from core.refusals import InvalidTransition, Refused
from coupons.checking import check_coupons
from coupons.models import Coupon, CouponRecord, Quota, VoucherPlan
from coupons.services.issuing import decide_issue
from coupons.services.nightly import run_night
from coupons.services.plans import change_plan, submit_plan, withdraw_plan
from coupons.services.promotions import Offer, change_promotion, publish_promotion
from coupons.services.proving import certify_day, figures_at
from coupons.services.reclaiming import reclaim_coupon
from coupons.services.reviewing import approve_plan, foresee, refuse_plan
from coupons.services.using import apply_activity_voucher, use_coupon
from customers.accounts.models import AccountNotice
from customers.models import Customer
from tests.factories import (
    NOW,
    TODAY,
    make_account_user,
    make_customer,
    make_member,
    make_order,
    make_vendor_user,
)

from .making import left, make_coupon, make_draft, make_plan, make_promotion, make_quota

pytestmark = pytest.mark.django_db


@pytest.fixture
def main():
    return make_member(role="partner_admin")


@pytest.fixture
def reviewer():
    return make_vendor_user(role="reviewer")


@pytest.fixture
def customer(main):
    return make_customer(partner=main.partner, association_type="resale")


def approve(plan, by, *, at=NOW, revision=None):
    with tenancy.vendor():
        return approve_plan(plan, revision=revision or plan.revision, by=by, at=at)


def test_each_customer_gets_as_many_as_were_asked_for(main, reviewer, customer):
    other = make_customer(partner=main.partner)
    plan = make_plan(make_promotion(), customer, other, by=main, per_customer=3, min_order=200)
    records = approve(plan, reviewer)
    assert all(each.is_done for each in records)
    assert Coupon.objects.filter(customer=customer).count() == 3
    coupon = Coupon.objects.filter(customer=other).first()
    assert (coupon.kind, coupon.face, coupon.min_order) == ("voucher", 100, 200)
    assert coupon.promotion == plan.promotion
    plan.refresh_from_db()
    assert (plan.state, plan.reviewed_by) == ("approved", reviewer)


@pytest.mark.django_db(transaction=True)
def test_the_vendor_grants_what_is_issued_and_the_quota_is_closed(main, reviewer, customer):
    plan = make_plan(make_promotion(), customer, by=main, per_customer=2)
    approve(plan, reviewer)
    quota = Quota.objects.get(plan=plan)
    assert (quota.value, left(quota)["account"], quota.coupons_issued) == (200, 0, 2)
    assert str(decide_issue(main, quota, at=NOW)) == "额度当前为“失效”"
    assert check_coupons(at=NOW).broken == []
    assert all(each.balances for each in figures_at(NOW))


@pytest.mark.django_db(transaction=True)
def test_what_comes_back_waits_in_the_quota_and_balances(main, reviewer, customer):
    approve(make_plan(make_promotion(), customer, by=main), reviewer)
    coupon = Coupon.objects.get()
    reclaim_coupon(coupon, by=main, at=NOW + timedelta(hours=1))
    assert left(coupon.quota)["account"] == 100
    later = NOW + timedelta(days=1)
    certify_day(TODAY, at=later)
    assert check_coupons(at=later).broken == []


def test_two_reviewers_approve_once(main, reviewer, customer):
    plan = make_plan(make_promotion(), customer, by=main)
    approve(plan, reviewer)
    with pytest.raises(InvalidTransition, match="当前为“已生效”，不能改为“已生效”"):
        approve(plan, make_vendor_user(role="reviewer"))
    assert Coupon.objects.count() == 1


def test_what_was_refused_cannot_be_approved_but_submitted_again(main, reviewer, customer):
    plan = make_plan(make_promotion(), customer, by=main)
    with tenancy.vendor():
        refuse_plan(plan, "面值过高", revision=1, by=reviewer, at=NOW)
    with pytest.raises(InvalidTransition):
        approve(plan, reviewer)
    plan.refresh_from_db()
    assert (plan.state, plan.reason) == ("refused", "面值过高")
    assert submit_plan(plan, by=main, at=NOW).state == "waiting"


def test_what_was_withdrawn_is_not_approved(main, reviewer, customer):
    plan = make_plan(make_promotion(), customer, by=main)
    withdraw_plan(plan, by=main, at=NOW)
    with pytest.raises(InvalidTransition, match="当前为“草稿”"):
        approve(plan, reviewer)


def test_a_reviewer_does_not_approve_what_he_did_not_see(main, reviewer, customer):
    promotion = make_promotion()
    plan = make_plan(promotion, customer, by=main)
    withdraw_plan(plan, by=main, at=NOW)
    dearer = make_draft(promotion, customer, face=Decimal(9_999))
    change_plan(plan, dearer, submits=True, revision=1, by=main, at=NOW)
    with pytest.raises(Refused, match="伙伴已修改该配置，请重新查看后再审核"):
        approve(plan, reviewer, revision=1)
    assert not Coupon.objects.exists()


def test_who_left_meanwhile_gets_none_and_costs_nothing(main, reviewer, customer):
    gone = make_customer(partner=main.partner)
    plan = make_plan(make_promotion(), customer, gone, by=main, per_customer=2)
    Customer.objects.filter(pk=gone.pk).update(disassociated_at=NOW)
    with tenancy.vendor():
        seen = foresee(plan, at=NOW)
    assert (seen.takers, seen.blocked, seen.total) == (1, 1, 200)
    approve(plan, reviewer)
    failed = CouponRecord.objects.get(is_done=False)
    assert (failed.customer, failed.reason) == (gone, "该客户已解除关联。")
    assert Quota.objects.get().value == 200


def test_where_nobody_can_receive_it_is_refused(main, reviewer, customer):
    plan = make_plan(make_promotion(), customer, by=main)
    Customer.objects.update(disassociated_at=NOW)
    with pytest.raises(Refused, match="适用客户都不能接收代金券，请驳回"):
        approve(plan, reviewer)
    assert not Quota.objects.exists()


def test_a_promotion_that_ended_meanwhile_is_said(main, reviewer, customer):
    plan = make_plan(make_promotion(), customer, by=main)
    with pytest.raises(Refused, match="该促销活动已结束"):
        approve(plan, reviewer, at=NOW + timedelta(days=30))
    plan.refresh_from_db()
    assert plan.state == "waiting"


@pytest.mark.parametrize(
    ("days", "services", "sentence"),
    [
        (1, [], "有效期须在促销活动的起止时间之内"),
        (0, ["弹性云服务器"], "云服务类型超出该促销活动的范围"),
    ],
)
def test_a_promotion_that_was_narrowed_meanwhile_is_said(
    main, reviewer, customer, days, services, sentence
):
    promotion = make_promotion()
    plan = make_plan(promotion, customer, by=main)
    offer = Offer(
        "年末", promotion.starts_at, promotion.ends_at - timedelta(days=days), services, []
    )
    with tenancy.vendor():
        change_promotion(promotion, offer, by=None, at=NOW)
    with pytest.raises(Refused, match=sentence):
        approve(plan, reviewer)


def test_two_promotions_have_two_names():
    offer = Offer("年末", NOW, NOW + timedelta(days=1), [], [])
    with tenancy.vendor():
        publish_promotion(offer, by=None, at=NOW)
        with pytest.raises(Refused, match="已有同名的促销活动"):
            publish_promotion(offer, by=None, at=NOW)


def test_partner_and_customer_are_told_once(main, reviewer, customer):
    make_account_user(account=customer.cloud_account)
    plan = make_plan(make_promotion(), customer, by=main, per_customer=3)
    approve(plan, reviewer)
    assert [each.kind for each in Notification.objects.all()] == ["voucher_plan.approved"]
    told = AccountNotice.objects.get()
    assert (told.kind, told.params["n"]) == ("account.vouchers_issued", 3)


def test_the_log_says_who_approved_and_what_it_came_to(main, reviewer, customer):
    approve(make_plan(make_promotion(), customer, by=main), reviewer)
    line = Activity.objects.get(verb="voucher_plan.approved")
    assert (line.user_id, line.partner_id) == (reviewer.pk, main.partner_id)
    assert (line.after["coupons"], line.after["amount"]) == (1, "100.00")


def test_vouchers_keep_to_the_limits_of_the_promotion(main, reviewer, customer):
    promotion = make_promotion(services=["弹性云服务器"], order_types=["new"])
    approve(make_plan(promotion, customer, by=main), reviewer)
    coupon = Coupon.objects.get()
    assert (coupon.services, coupon.order_types) == (["弹性云服务器"], ["new"])


def test_the_night_ends_what_is_over(main, reviewer, customer):
    plan = make_plan(make_promotion(), customer, by=main)
    approve(plan, reviewer)
    for days, state in ((29, "approved"), (31, "ended")):
        at = NOW + timedelta(days=days)
        run_night(at.date(), at=at)
        assert VoucherPlan.objects.get().state == state


# ---- used without being chosen ----


def test_an_order_of_the_promotion_takes_its_voucher_by_itself(main, reviewer, customer):
    approve(make_plan(make_promotion(), customer, by=main), reviewer)
    make_coupon(make_quota(main.partner), customer, by=main, face=500)
    order = make_order(customer=customer, amount=Decimal(300))
    use = apply_activity_voucher(order, at=NOW)
    assert use is not None
    assert (use.coupon.promotion.name, use.amount) == ("年末上云季", 100)
    use_coupon(use, at=NOW)
    assert Coupon.objects.get(pk=use.coupon_id).state == "used"


def test_an_ordinary_coupon_is_not_used_by_itself(main, customer):
    make_coupon(make_quota(main.partner), customer, by=main)
    assert apply_activity_voucher(make_order(customer=customer), at=NOW) is None
