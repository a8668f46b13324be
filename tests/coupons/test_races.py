"""Many at once: nothing is issued beyond a quota, and no coupon is used after it was reclaimed."""

from datetime import timedelta
from decimal import Decimal
from itertools import count
from uuid import uuid4

import pytest
from django.db import connection

from core import tenancy
from core.refusals import Refused
from coupons.checking import check_coupons
from coupons.models import Coupon, CouponRecord
from coupons.services.plans import withdraw_plan
from coupons.services.reclaiming import reclaim_coupon, reclaim_coupons_of
from coupons.services.reviewing import approve_plan
from coupons.services.using import hold_coupon, use_coupon
from customers.models import Customer
from ledger.services import balance
from tests.factories import NOW, make_customer, make_member, make_order, make_vendor_user
from tests.race import begin_and_wait, race

from .making import issue, make_coupon, make_plan, make_promotion, make_quota

pytestmark = pytest.mark.django_db(transaction=True)


def as_partner(member, call):
    with tenancy.tenant(member.partner_id, user_id=member.user_id):
        return call()


def test_of_many_issuing_at_once_the_quota_serves_as_many_as_it_can():
    main = make_member(role="partner_admin")
    quota, customer = make_quota(main.partner, 500), make_customer(partner=main.partner)
    found = race(lambda: as_partner(main, lambda: issue(quota, customer, by=main)), times=8)
    assert sum(isinstance(each, Refused) for each in found) == 3, found
    with tenancy.vendor():
        assert (balance(quota.account_id), Coupon.objects.count()) == (0, 5)
    assert check_coupons(at=NOW).broken == []


def test_the_same_submit_at_once_issues_once():
    main, token = make_member(role="partner_admin"), uuid4()
    quota, customer = make_quota(main.partner), make_customer(partner=main.partner)
    call = lambda: as_partner(main, lambda: issue(quota, customer, by=main, token=token))  # noqa: E731
    found = race(call, times=6)
    assert len({each[0].pk for each in found}) == 1, found
    with tenancy.vendor():
        assert Coupon.objects.count() == 1


def test_a_coupon_is_reclaimed_or_used_and_no_yuan_is_both():
    main = make_member(role="partner_admin")
    quota, customer = make_quota(main.partner), make_customer(partner=main.partner)
    coupon = make_coupon(quota, customer, by=main)
    orders = [make_order(customer=customer) for _n in range(4)]
    turns, later = count(), NOW + timedelta(minutes=1)

    def call():
        n = next(turns)
        if n % 2:
            return as_partner(main, lambda: reclaim_coupon(coupon, by=main, at=later))
        with tenancy.vendor():
            return use_coupon(hold_coupon(coupon, orders[n // 2], Decimal(30), at=later), at=later)

    found = race(call, times=8)
    assert sum(isinstance(each, CouponRecord) for each in found) == 1, found
    with tenancy.vendor():
        made = CouponRecord.objects.get(type="reclaim")
        used = balance(quota.used_id)
        assert made.amount + used == 100
        assert balance(coupon.account_id) == 0
        with connection.cursor() as cursor:  # nothing was held after it
            cursor.execute(
                "SELECT count(*) FROM ledger_entry e WHERE e.account_id = %s AND e.id > ("
                " SELECT id FROM ledger_entry WHERE transfer_id = %s AND account_id = %s)",
                [coupon.account_id, made.transfer_id, coupon.account_id],
            )
            assert cursor.fetchone() == (0,)
    assert check_coupons(at=later).broken == []


def test_who_leaves_meanwhile_gets_no_coupon():
    main = make_member(role="partner_admin")
    quota, customer = make_quota(main.partner), make_customer(partner=main.partner)
    make_coupon(quota, customer, by=main)
    with tenancy.vendor():
        leaving = Customer.objects.lock(customer.pk)
        late = begin_and_wait(lambda: as_partner(main, lambda: issue(quota, customer, by=main)))
        reclaim_coupons_of(leaving, "leave", by=None, at=NOW)
        leaving.mark_disassociated(at=NOW)
    (failed,) = late.result(10)
    assert failed.reason == "该客户已解除关联。"
    with tenancy.vendor():
        assert not Coupon.objects.usable().exists()


def test_of_reviewers_at_once_one_approves():
    main, reviewer = make_member(role="partner_admin"), make_vendor_user(role="reviewer")
    customers = [make_customer(partner=main.partner) for _n in range(3)]
    plan = make_plan(make_promotion(), *customers, by=main, per_customer=2)

    def call():
        with tenancy.vendor():
            return approve_plan(plan, revision=1, by=reviewer, at=NOW)

    found = race(call, times=4)
    assert sum(isinstance(each, Refused) for each in found) == 3, found
    with tenancy.vendor():
        assert Coupon.objects.count() == 6
    assert check_coupons(at=NOW).broken == []


def test_what_is_withdrawn_and_approved_at_once_is_one_of_both():
    main, reviewer = make_member(role="partner_admin"), make_vendor_user(role="reviewer")
    customer, turns = make_customer(partner=main.partner), count()
    plan = make_plan(make_promotion(), customer, by=main)

    def call():
        if next(turns) % 2:
            return as_partner(main, lambda: withdraw_plan(plan, by=main, at=NOW))
        with tenancy.vendor():
            return approve_plan(plan, revision=1, by=reviewer, at=NOW)

    found = race(call, times=4)
    assert sum(isinstance(each, Refused) for each in found) == 3, found
    with tenancy.vendor():
        plan.refresh_from_db()
        assert (plan.state == "approved") == Coupon.objects.exists()
