"""Pages of activity vouchers: the partner asks, the reviewer answers, the customer sees."""

from uuid import uuid4

import pytest

from coupons.models import Coupon, Promotion, VoucherPlan
from tests.factories import NOW, make_account_user, make_customer
from tests.org.desk import address, press

from .making import make_plan, make_promotion

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
PLAN = "coupons.voucherplan"


@pytest.fixture
def frozen(monkeypatch):
    monkeypatch.setattr("core.clock.now", lambda: NOW)


@pytest.fixture
def promotion():
    return make_promotion()


@pytest.fixture
def customer(cast):
    return make_customer(partner=cast.distributor)


def filled(promotion, *customers, **more):
    return {
        "name": "新客上云",
        "promotion": promotion.pk,
        "face": "100",
        "per_customer": "2",
        "starts_on": "2026-11-20",
        "ends_on": "2026-12-10",
        "customers": [each.pk for each in customers],
        "token": str(uuid4()),
        "step": "submit",
    } | more


def approve(client, plan, **more):
    return press(client, PLAN, plan, "approve", confirmed="on", revision=plan.revision, **more)


def test_a_partner_finds_customers_and_submits(cast, sign_in, promotion, customer):
    client, url = sign_in(cast.zong), "/coupons/plans/new/"
    found = client.post(url, filled(promotion, step="find", search=customer.number))
    assert f'value="{customer.pk}"' in found.content.decode()
    page = client.post(url, filled(promotion, customer), follow=True).content.decode()
    assert "厂商审核中，约 3 个工作日" in page
    assert "已提交，厂商约 3 个工作日内完成审核。" in page


def test_sent_twice_it_is_one(cast, sign_in, promotion, customer):
    client, said = sign_in(cast.zong), filled(promotion, customer)
    for _twice in range(2):
        assert client.post("/coupons/plans/new/", said).status_code == 302
    assert VoucherPlan.objects.count() == 1


def test_what_is_wrong_is_said_and_what_was_ticked_stays(cast, sign_in, promotion, customer):
    said = filled(promotion, customer, face="", ends_on="2026-11-01")
    answer = sign_in(cast.zong).post("/coupons/plans/new/", said)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "失效日期早于生效日期。" in page
    assert f'value="{customer.pk}" checked' in page


def test_the_promotion_of_the_link_is_chosen(cast, sign_in, promotion):
    url = f"/coupons/plans/new/?promotion={promotion.pk}"
    assert f'value="{promotion.pk}" selected' in sign_in(cast.zong).get(url).content.decode()


def test_a_promotion_that_is_over_is_not_offered(cast, sign_in):
    over = make_promotion("早已结束", days=0)
    page = sign_in(cast.zong).get("/coupons/plans/new/").content.decode()
    assert over.name not in page
    assert "早已结束" not in sign_in(cast.zong).get("/coupons/plans/promotions/").content.decode()


def test_a_copy_begins_as_the_first_and_is_another(cast, sign_in, promotion, customer):
    first = make_plan(promotion, customer, by=cast.zong)
    client, url = sign_in(cast.zong), f"/coupons/plans/{first.pk}/copy/"
    page = client.get(url).content.decode()
    assert 'value="新客上云"' in page
    assert f'value="{customer.pk}" checked' in page
    client.post(url, filled(promotion, customer, step="save"))
    assert [each.state for each in VoucherPlan.objects.order_by("pk")] == ["waiting", "draft"]


def test_an_edit_over_another_is_refused(cast, sign_in, promotion, customer):
    plan = make_plan(promotion, customer, by=cast.zong, submits=False)
    client, url = sign_in(cast.zong), f"/coupons/plans/{plan.pk}/edit/"
    said = filled(promotion, customer, step="save", revision=1)
    assert client.post(url, said).status_code == 302
    stale = client.post(url, said | {"name": "另一个名称"})
    assert stale.status_code == 409
    assert "已由他人修改" in stale.content.decode() and "另一个名称" in stale.content.decode()


def test_what_is_refused_loses_nothing_that_was_typed(cast, sign_in, promotion):
    answer = sign_in(cast.zong).post("/coupons/plans/new/", filled(promotion))
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "请选择适用客户。" in page and 'value="新客上云"' in page
    assert not VoucherPlan.objects.exists()


@pytest.mark.parametrize("change", [{"face": "200"}, {"customers": []}, {"step": "submit"}])
def test_the_back_button_and_another_content_is_not_said_to_be_saved(
    cast, sign_in, promotion, customer, change
):
    client, said = sign_in(cast.zong), filled(promotion, customer, step="save")
    client.post("/coupons/plans/new/", said, follow=True)
    made = VoucherPlan.objects.get()
    answer = client.post("/coupons/plans/new/", said | change)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert f"这份表单已保存为 {made.number}" in page and "草稿已保存" not in page
    made.refresh_from_db()
    assert (made.state, made.face) == ("draft", 100)


@pytest.mark.parametrize(
    ("act", "left"), [("submit", ["waiting"]), ("delete", []), ("withdraw", ["draft"])]
)
def test_each_step_asks_first(cast, sign_in, promotion, customer, act, left):
    plan = make_plan(promotion, customer, by=cast.zong, submits=act == "withdraw")
    client, url = sign_in(cast.zong), f"/coupons/plans/{plan.pk}/{act}/"
    assert "确定" in client.get(url).content.decode()
    assert VoucherPlan.objects.get().state == plan.state
    client.post(url)
    assert [each.state for each in VoucherPlan.objects.all()] == left


def test_finance_reads_and_makes_none(cast, sign_in, promotion):
    plan = make_plan(promotion, make_customer(partner=cast.reseller), by=cast.yun)
    client = sign_in(cast.cai)
    assert "新客上云" in client.get(f"/coupons/plans/{plan.pk}/").content.decode()
    assert client.get("/coupons/plans/new/").status_code == 403


def test_a_distributor_does_not_see_its_resellers(cast, sign_in, promotion):
    plan = make_plan(promotion, make_customer(partner=cast.reseller), by=cast.yun)
    assert sign_in(cast.zong).get(f"/coupons/plans/{plan.pk}/").status_code == 404


# ---- the desk ----


def test_an_operator_publishes_and_corrects_a_promotion(cast, sign_in):
    client = sign_in(cast.yunying)
    said = {"name": "双十二", "starts_on": "2026-12-01", "ends_on": "2026-12-12"}
    client.post(address("coupons.promotion", "add"), said)
    made = Promotion.objects.get()
    client.post(address("coupons.promotion", "change", made.pk), said | {"services": "云数据库"})
    assert Promotion.objects.get().services == ["云数据库"]


def test_a_reviewer_reads_what_it_comes_to_and_approves(cast, proven, promotion, customer):
    plan = make_plan(promotion, customer, by=cast.zong, per_customer=2)
    client = proven(cast.shen)
    page = client.get(address(PLAN, "do", plan.pk, "approve")).content.decode()
    assert "将由厂商出资 200.00 元，向 1 个客户发放 2 张；0 个客户不能接收，不占金额" in page
    approve(client, plan)
    assert Coupon.objects.count() == 2
    assert "现在不能执行" in approve(client, plan).content.decode()  # a second tab


@pytest.mark.parametrize("who", ["yunying", "shenji"])
def test_nobody_else_approves(cast, proven, promotion, customer, who):
    plan = make_plan(promotion, customer, by=cast.zong)
    assert approve(proven(getattr(cast, who)), plan).status_code == 403
    assert not Coupon.objects.exists()


def test_a_refusal_is_read_by_the_partner(cast, sign_in, promotion, customer):
    plan = make_plan(promotion, customer, by=cast.zong)
    press(sign_in(cast.shen), PLAN, plan, "refuse", reason="面值过高", revision=1)
    assert "面值过高" in sign_in(cast.zong).get(f"/coupons/plans/{plan.pk}/").content.decode()


def test_a_draft_is_the_partners_own_business(cast, sign_in, promotion, customer):
    plan = make_plan(promotion, customer, by=cast.zong, submits=False)
    assert plan.number not in sign_in(cast.shen).get(address(PLAN, "changelist")).content.decode()


# ---- afterwards ----


def test_the_customer_sees_the_promotion_of_its_vouchers(
    cast, sign_in, proven, promotion, customer
):
    place = make_account_user(account=customer.cloud_account)
    approve(proven(cast.shen), make_plan(promotion, customer, by=cast.zong))
    assert promotion.name in sign_in(place.user).get("/my/coupons/").content.decode()


def test_the_records_say_what_each_customer_got(cast, sign_in, proven, promotion, customer):
    plan = make_plan(promotion, customer, by=cast.zong)
    approve(proven(cast.shen), plan)
    url = f"/coupons/plans/records/?plan={plan.number}"
    page = sign_in(cast.zong).get(url).content.decode()
    assert Coupon.objects.get().number in page
    assert customer.number in page
