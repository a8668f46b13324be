"""Proof: every quota balances at any moment, and a changed past shows."""

from datetime import timedelta
from decimal import Decimal
from io import StringIO
from uuid import uuid4

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connections

from core import tenancy
from coupons.checking import check_coupons
from coupons.models import Certificate, Coupon
from coupons.services.nightly import run_night
from coupons.services.proving import (
    broken_certificates,
    certify_day,
    changed_since,
    figures_at,
)
from coupons.services.quotas import Gift, give_quota, take_quota
from coupons.services.reclaiming import expire_coupons, reclaim_coupon
from coupons.services.using import hold_coupon, refund_coupon, release_coupon, use_coupon
from customers.accounts.models import AccountNotice
from ops.checks.money import coupon_rows
from ops.tasks import check_coupons as check_task
from tests.factories import NOW, TODAY, make_account_user, make_customer, make_order

from .making import issue, make_coupon, make_quota

DAY = timedelta(days=1)


@pytest.mark.django_db
def test_wherever_value_is_the_sum_is_what_was_granted(cast):
    quota = make_quota(cast.distributor, 1000, days=30)
    customer = make_customer(partner=cast.distributor)
    coupons = [make_coupon(quota, customer, by=cast.zong) for _n in range(4)]
    (given,) = give_quota(
        quota, Gift((cast.reseller,), Decimal(200)), token=uuid4(), by=cast.zong, at=NOW
    )
    theirs = make_customer(partner=cast.reseller)
    (issued,) = issue(given.given, theirs, by=cast.yun, face=50)
    hold_coupon(coupons[0], make_order(customer=customer), Decimal(10), at=NOW)
    use_coupon(hold_coupon(coupons[1], make_order(customer=customer), Decimal(20), at=NOW), at=NOW)
    used = use_coupon(
        hold_coupon(coupons[2], make_order(customer=customer), Decimal(30), at=NOW), at=NOW
    )
    refund_coupon(used, at=NOW + DAY)
    reclaim_coupon(coupons[3], by=cast.zong, at=NOW + DAY)
    take_quota(given.given, by=cast.zong, at=NOW + DAY)
    reclaim_coupon(issued.coupon, by=cast.yun, at=NOW + 2 * DAY)
    for when in (NOW, NOW + DAY, NOW + 2 * DAY, NOW + 60 * DAY):
        figures = {each.quota: each for each in figures_at(when)}
        assert all(each.balances for each in figures.values()), figures
    first = figures_at(NOW)[0]
    assert (first.given, first.unused, first.held, first.used) == (200, 340, 10, 50)
    now = {each.quota: each for each in figures_at(NOW + 2 * DAY)}
    assert (now[quota.pk].taken, now[given.given_id].returned) == (200, 200)
    over = figures_at(NOW + 60 * DAY)[0]
    assert (over.available, over.expired) == (0, now[quota.pk].available)


@pytest.mark.django_db
def test_what_came_back_after_the_quotas_time_is_written_off(cast):
    quota = make_quota(cast.distributor, 100, days=10)
    make_coupon(quota, make_customer(partner=cast.distributor), by=cast.zong, face=60)
    expire_coupons(at=NOW + 10 * DAY)
    (found,) = figures_at(NOW + 10 * DAY)
    assert (found.lost, found.expired, found.balances) == (60, 40, True)


def certified(cast, days=2):
    quota = make_quota(cast.distributor, 1000)
    make_coupon(quota, make_customer(partner=cast.distributor), by=cast.zong)
    for n in range(days):
        assert certify_day(TODAY + n * DAY, at=NOW + (n + 1) * DAY) == 1
    return quota


@pytest.mark.django_db
def test_certificates_are_a_chain_one_a_day(cast):
    certified(cast)
    first, second = Certificate.objects.order_by("day")
    assert (first.previous, second.previous) == ("", first.digest)
    assert certify_day(TODAY, at=NOW) == 0  # done already
    assert broken_certificates() == []


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("UPDATE coupons_certificate SET figures = '[]' WHERE previous = ''", "内容与证书不符"),
        ("DELETE FROM coupons_certificate WHERE previous = ''", "与前一证书不相连"),
    ],
)
def test_a_changed_certificate_shows(cast, change, says):
    certified(cast)
    as_owner(change)
    with tenancy.vendor():
        assert [reason for _each, reason in broken_certificates()] == [says]
    with pytest.raises(CommandError, match=says), time_machine.travel(NOW + 3 * DAY):
        call_command("check_coupons")


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_a_changed_ledger_shows_on_the_certificate_of_its_day(cast):
    quota = certified(cast, days=1)
    assert changed_since(Certificate.objects.get()) == []
    as_owner(f"UPDATE ledger_entry SET amount = amount + 1 WHERE account_id = {quota.account_id}")
    assert changed_since(Certificate.objects.get()) == [quota.number]
    certify_day(TODAY + DAY, at=NOW + 2 * DAY)  # the next one says so, too
    assert quota.number in Certificate.objects.latest("day").broken
    assert check_coupons(at=NOW + DAY).broken


def as_owner(statement):
    """What nobody may who works with the product."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_the_command_says_that_all_is_well(cast):
    certified(cast)
    out = StringIO()
    with time_machine.travel(NOW + DAY):
        call_command("check_coupons", stdout=out)
    assert "1 个额度、2 份证书" in out.getvalue()


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_the_nightly_check_is_shown_to_operators(cast):
    certified(cast)
    assert shown(NOW + DAY).says == "还没有核对过"
    check_at(NOW + DAY)
    assert shown(NOW + DAY).level == "ok"
    assert shown(NOW + 4 * DAY).level == "warn"
    as_owner("UPDATE coupons_certificate SET figures = '[]' WHERE previous = ''")
    check_at(NOW + 2 * DAY)
    assert shown(NOW + 2 * DAY).level == "bad"
    assert "内容与证书不符" in shown(NOW + 2 * DAY).says


def check_at(at):
    with time_machine.travel(at, tick=False):
        check_task()


def shown(at):
    """The row at 运行状况."""
    with tenancy.vendor():
        return next(iter(coupon_rows(at)))


@pytest.mark.django_db
def test_ops_grant_a_quota_by_command(cast):
    out = StringIO()
    with time_machine.travel(NOW):
        call_command("grant_quota", cast.distributor.name, "500", stdout=out)
    (found,) = figures_at(NOW + DAY)
    assert found.granted == 500


@pytest.mark.django_db
def test_the_night_ends_what_is_over_and_tells_of_what_ends_soon(cast):
    quota = make_quota(cast.distributor, 1000, days=30)
    customer = make_customer(partner=cast.distributor)
    make_account_user(account=customer.cloud_account)
    over = make_coupon(quota, customer, by=cast.zong, ends_at=NOW)
    soon = make_coupon(quota, customer, by=cast.zong, ends_at=NOW + 7 * DAY)
    for _twice in range(2):
        run_night(TODAY, at=NOW)
    states = dict(Coupon.objects.values_list("pk", "state"))
    assert states == {over.pk: "expired", soon.pk: "usable"}
    assert AccountNotice.objects.filter(kind="account.coupon_expiring").count() == 1


@pytest.mark.django_db
def test_releasing_after_the_end_goes_home(cast):
    quota = make_quota(cast.distributor, 1000)
    customer = make_customer(partner=cast.distributor)
    coupon = make_coupon(quota, customer, by=cast.zong, ends_at=NOW + DAY)
    use = hold_coupon(coupon, make_order(customer=customer), Decimal(30), at=NOW)
    expire_coupons(at=NOW + DAY)
    release_coupon(use, at=NOW + 2 * DAY)
    (found,) = figures_at(NOW + 2 * DAY)
    assert (found.available, found.held, found.balances) == (1000, 0, True)
