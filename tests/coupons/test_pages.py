"""Pages of coupons: the partner issues, the customer sees, the partner reclaims."""

from datetime import timedelta
from uuid import uuid4

import pytest

from coupons.models import Coupon, CouponRecord, Quota
from coupons.services.proving import certify_day
from coupons.services.reclaiming import reclaim_coupon
from tests.factories import NOW, TODAY, make_account_user, make_customer, make_order

from .making import issue, make_coupon, make_quota

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]


@pytest.fixture
def frozen(monkeypatch):
    monkeypatch.setattr("core.clock.now", lambda: NOW)


def filled(token=None, **more):
    return {"face": "100", "token": str(token or uuid4())} | more


def test_the_list_shows_quotas_with_what_is_left(cast, sign_in):
    quota = make_quota(cast.distributor, 1234)
    page = sign_in(cast.zong).get("/coupons/quotas/").content.decode()
    assert quota.number in page
    assert "1,234.00" in page


def test_a_partner_issues_in_three_steps(cast, sign_in):
    quota = make_quota(cast.distributor, 1000)
    customer = make_customer(partner=cast.distributor)
    client, url = sign_in(cast.zong), f"/coupons/quotas/{quota.pk}/issue/"
    found = client.post(url, filled(step="find", search=customer.number)).content.decode()
    assert f'value="{customer.pk}"' in found
    said = filled(customers=[customer.pk])
    plan = client.post(url, said | {"step": "preview"}).content.decode()
    assert "将发放 1 张，共 ¥100.00；额度余额变为 ¥900.00" in plan
    done = client.post(url, said | {"step": "confirm"}, follow=True).content.decode()
    assert "成功 1 张，共 ¥100.00；失败 0" in done
    client.post(url, said | {"step": "confirm"})  # sent twice
    assert Coupon.objects.count() == 1


def test_the_form_says_which_rule_blocks_whom_before_it_is_sent(cast, sign_in):
    quota = make_quota(cast.distributor, 1000, association_types=["resale"])
    customer = make_customer(partner=cast.distributor, association_type="referral")
    url = f"/coupons/quotas/{quota.pk}/issue/"
    said = filled(customers=[customer.pk], step="preview")
    plan = sign_in(cast.zong).post(url, said).content.decode()
    assert "该额度不能发给此关联类型的客户。" in plan
    assert "没有可以发放的客户" in plan
    assert not CouponRecord.objects.exists()


@pytest.mark.parametrize("face", ["1.234", "-1", "0", "1e400", "", "一百", "NaN"])
def test_a_bad_amount_is_answered_with_a_sentence(cast, sign_in, face):
    quota = make_quota(cast.distributor)
    customer = make_customer(partner=cast.distributor)
    said = filled(customers=[customer.pk], step="confirm") | {"face": face}
    answer = sign_in(cast.zong).post(f"/coupons/quotas/{quota.pk}/issue/", said)
    assert answer.status_code == 422
    assert "金额" in answer.content.decode()
    assert not Coupon.objects.exists()


def test_full_width_digits_are_read(cast, sign_in):
    quota = make_quota(cast.distributor)
    customer = make_customer(partner=cast.distributor)
    said = filled(customers=[customer.pk], step="confirm") | {"face": "１２．５"}
    sign_in(cast.zong).post(f"/coupons/quotas/{quota.pk}/issue/", said)
    assert str(Coupon.objects.get().face) == "12.50"


def test_customers_of_others_are_not_issued_to(cast, sign_in):
    quota = make_quota(cast.distributor)
    foreign = make_customer(partner=cast.stranger)
    said = filled(customers=[foreign.pk], step="confirm")
    answer = sign_in(cast.zong).post(f"/coupons/quotas/{quota.pk}/issue/", said)
    assert not Coupon.objects.exists()
    assert answer.status_code in (409, 422)


def test_reclaiming_tells_the_sum_before_and_after(cast, sign_in):
    quota = make_quota(cast.distributor, 1000)
    customer = make_customer(partner=cast.distributor)
    coupon = make_coupon(quota, customer, by=cast.zong)
    client, url = sign_in(cast.zong), f"/coupons/{coupon.pk}/reclaim/"
    assert "将退回 ¥100.00 到额度" in (asked := client.get(url).content.decode())
    assert "其余额变为 ¥1,000.00" in asked
    done = client.post(url, follow=True).content.decode()
    assert "100.00 元已退回额度" in done
    assert client.post(url).status_code == 409


def test_all_matching_are_reclaimed_with_their_real_sum(cast, sign_in):
    quota = make_quota(cast.distributor, 1000)
    customers = [make_customer(partner=cast.distributor) for _n in range(3)]
    issue(quota, *customers, by=cast.zong)
    asked = {"key": "coupons", "path": "/coupons/", "query": "", "all": "on"}
    page = sign_in(cast.zong).post(
        "/jobs/batch/", asked | {"action": "reclaim_coupons", "step": "preview"}
    )
    assert "退回额度 300.00 元" in page.content.decode()


def test_a_customer_sees_its_coupons_until_they_are_taken_back(cast, sign_in):
    customer = make_customer(partner=cast.distributor)
    place = make_account_user(account=customer.cloud_account)
    coupon = make_coupon(make_quota(cast.distributor), customer, by=cast.zong)
    client = sign_in(place)
    page = client.get("/my/coupons/").content.decode()
    assert coupon.number in page
    assert "100.00" in page
    reclaim_coupon(coupon, by=cast.zong, at=NOW)
    assert coupon.number not in client.get("/my/coupons/").content.decode()


def test_a_distributor_gives_quotas_to_resellers_and_takes_them_back(cast, sign_in):
    quota = make_quota(cast.distributor, 1000)
    client = sign_in(cast.zong)
    said = {"amount": "300", "resellers": [cast.reseller.pk], "token": str(uuid4())}
    url = f"/coupons/quotas/{quota.pk}/give/"
    plan = client.post(url, said | {"step": "preview"}).content.decode()
    assert "额度余额变为 ¥700.00" in plan
    client.post(url, said | {"step": "confirm"})
    client.post(url, said | {"step": "confirm"})  # sent twice
    given = Quota.objects.get(parent=quota)
    assert given.number in client.get("/coupons/given/").content.decode()
    assert given.number in sign_in(cast.yun).get("/coupons/quotas/").content.decode()
    client = sign_in(cast.zong)
    assert "将回收 ¥300.00" in client.get(f"/coupons/given/{given.pk}/take/").content.decode()
    client.post(f"/coupons/given/{given.pk}/take/")
    assert given.number not in sign_in(cast.yun).get("/coupons/quotas/").content.decode()


def test_no_quota_goes_to_somebody_elses_reseller(cast, sign_in):
    quota = make_quota(cast.distributor, 1000)
    said = {"amount": "300", "resellers": [cast.stranger.pk], "token": str(uuid4())}
    answer = sign_in(cast.zong).post(
        f"/coupons/quotas/{quota.pk}/give/", said | {"step": "confirm"}
    )
    assert answer.status_code == 422
    assert not Quota.objects.filter(parent=quota).exists()


def test_the_page_of_a_coupon_shows_what_orders_used(cast, sign_in):
    from decimal import Decimal

    from coupons.services.using import hold_coupon, use_coupon

    customer = make_customer(partner=cast.distributor)
    coupon = make_coupon(make_quota(cast.distributor), customer, by=cast.zong)
    order = make_order(customer=customer)
    use_coupon(hold_coupon(coupon, order, Decimal(40), at=NOW), at=NOW)
    page = sign_in(cast.zong).get(f"/coupons/{coupon.pk}/").content.decode()
    assert order.number in page
    assert "60.00" in page


def test_coupons_that_ended_two_years_ago_are_a_link_away(cast, sign_in):
    customer = make_customer(partner=cast.distributor)
    coupon = make_coupon(make_quota(cast.distributor), customer, by=cast.zong)
    Coupon.objects.update(starts_at=NOW - timedelta(days=900), ends_at=NOW - timedelta(days=800))
    client = sign_in(cast.zong)
    assert coupon.number not in client.get("/coupons/").content.decode()
    assert coupon.number in client.get("/coupons/?period=all").content.decode()


def test_records_are_found_by_type_and_result(cast, sign_in):
    quota = make_quota(cast.distributor, only_customers=["x"])
    customer = make_customer(partner=cast.distributor)
    issue(quota, customer, by=cast.zong)
    client = sign_in(cast.zong)
    assert (
        "该额度只能发给指定的客户" in client.get("/coupons/records/?result=failed").content.decode()
    )
    assert (
        "该额度只能发给指定的客户"
        not in client.get("/coupons/records/?type=reclaim").content.decode()
    )


def test_the_certificate_of_a_day_balances(cast, sign_in):
    quota = make_quota(cast.distributor, 1000)
    make_coupon(quota, make_customer(partner=cast.distributor), by=cast.zong)
    assert certify_day(TODAY, at=NOW + timedelta(days=1)) == 1
    client = sign_in(cast.zong)
    page = client.get("/coupons/certificates/").content.decode()
    assert str(TODAY) in page
    from coupons.models import Certificate

    found = Certificate.objects.get()
    shown = client.get(f"/coupons/certificates/{found.pk}/").content.decode()
    assert "每个额度都平" in shown
    assert "当天的数据与证书一致" in shown
    assert quota.number in shown
