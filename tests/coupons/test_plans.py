"""活动代金券, the partner's side: what a configuration may be, and which steps it takes."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction

from core import tenancy
from core.refusals import NotAllowed, Refused, Vanished
from coupons.models import PlanCustomer, VoucherPlan
from coupons.services.plans import (
    change_plan,
    create_plan,
    delete_plan,
    submit_plan,
    withdraw_plan,
)
from org.permissions import FINANCE
from tests.factories import NOW, make_customer, make_member

from .making import make_draft, make_plan, make_promotion

pytestmark = pytest.mark.django_db


@pytest.fixture
def main():
    return make_member(role="partner_admin")


@pytest.fixture
def customer(main):
    return make_customer(partner=main.partner)


def test_a_draft_waits_for_nobody_until_it_is_submitted(main, customer):
    plan = make_plan(make_promotion(), customer, by=main, submits=False)
    assert (plan.state, plan.submitted_at) == ("draft", None)
    assert submit_plan(plan, by=main, at=NOW).state == "waiting"


def test_the_same_form_makes_one_and_submits_it_once(main, customer):
    draft, token = make_draft(make_promotion(), customer), uuid4()
    said = {"submits": True, "token": token, "by": main, "at": NOW}
    assert create_plan(draft, **said).pk == create_plan(draft, **said).pk
    assert VoucherPlan.objects.count() == PlanCustomer.objects.count() == 1


def test_what_waits_goes_back_to_a_draft(main, customer):
    plan = make_plan(make_promotion(), customer, by=main)
    assert withdraw_plan(plan, by=main, at=NOW).state == "draft"
    with pytest.raises(NotAllowed, match="该配置当前为“草稿”，不能撤销"):
        withdraw_plan(plan, by=main, at=NOW)


@pytest.mark.parametrize("act", [submit_plan, delete_plan])
def test_what_waits_is_neither_submitted_nor_deleted(main, customer, act):
    plan = make_plan(make_promotion(), customer, by=main)
    with pytest.raises(NotAllowed, match="该配置当前为“处理中”"):
        act(plan, by=main, at=NOW)


def test_a_draft_is_deleted_with_its_customers(main, customer):
    plan = make_plan(make_promotion(), customer, by=main, submits=False)
    delete_plan(plan, by=main, at=NOW)
    assert not VoucherPlan.objects.exists()
    assert not PlanCustomer.objects.exists()


def test_a_change_replaces_terms_and_customers(main, customer):
    promotion = make_promotion()
    plan = make_plan(promotion, customer, by=main, submits=False)
    other = make_customer(partner=main.partner)
    draft = make_draft(promotion, other, per_customer=3)
    changed = change_plan(plan, draft, submits=True, revision=1, by=main, at=NOW)
    assert (changed.per_customer, changed.state, changed.revision) == (3, "waiting", 2)
    assert [each.customer for each in changed.chosen.all()] == [other]


def test_a_stale_page_changes_nothing(main, customer):
    promotion = make_promotion()
    plan = make_plan(promotion, customer, by=main, submits=False)
    said = {"submits": False, "revision": 1, "by": main, "at": NOW}
    change_plan(plan, make_draft(promotion, customer, name="先"), **said)
    with pytest.raises(Vanished, match="已由他人修改，请刷新后重试"):
        change_plan(plan, make_draft(promotion, customer, name="后"), **said)
    assert VoucherPlan.objects.get().name == "先"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"ends_at": NOW + timedelta(days=31)}, "有效期须在促销活动的起止时间之内"),
        ({"starts_at": NOW - timedelta(days=2)}, "有效期须在促销活动的起止时间之内"),
        ({"ends_at": NOW}, "有效期已过"),
        ({"services": ["别的服务"]}, "云服务类型超出该促销活动的范围"),
        ({"order_types": ["renew"]}, "订购类型超出该促销活动的范围"),
    ],
)
def test_vouchers_stay_within_their_promotion(main, customer, fields, sentence):
    promotion = make_promotion(services=["弹性云服务器"], order_types=["new"])
    with pytest.raises(Refused, match=sentence):
        make_plan(promotion, customer, by=main, **fields)


def test_what_is_not_said_is_the_promotions(main, customer):
    promotion = make_promotion(services=["弹性云服务器"], order_types=["new"])
    plan = make_plan(promotion, customer, by=main)
    assert (plan.services, plan.order_types) == (["弹性云服务器"], ["new"])


@pytest.mark.parametrize(("days", "sentence"), [(31, "已结束"), (-2, "尚未开始")])
def test_only_a_running_promotion_is_asked_for(main, customer, days, sentence):
    plan = make_plan(make_promotion(), customer, by=main, submits=False)
    with pytest.raises(Refused, match=f"该促销活动{sentence}"):
        submit_plan(plan, by=main, at=NOW + timedelta(days=days))


def test_without_customers_nothing_is_submitted(main):
    with pytest.raises(Refused, match="请选择适用客户"):
        make_plan(make_promotion(), by=main)


def test_a_customer_who_left_meanwhile_is_named_before_it_is_submitted(main, customer):
    plan = make_plan(make_promotion(), customer, by=main, submits=False)
    type(customer).objects.update(disassociated_at=NOW)
    with pytest.raises(Refused, match="1 个适用客户已解除关联，请编辑后再提交"):
        submit_plan(plan, by=main, at=NOW)


def test_a_hundred_customers_are_the_most(main):
    customers = [make_customer(partner=main.partner) for _n in range(101)]
    with pytest.raises(Refused, match="最多选择 100 个客户"):
        make_plan(make_promotion(), *customers, by=main)


def test_who_may_not_issue_makes_no_configuration(main, customer):
    finance = make_member(partner=main.partner, role=FINANCE)
    with pytest.raises(NotAllowed):
        make_plan(make_promotion(), customer, by=finance)


# ---- the database ----


def as_partner(main):
    return tenancy.tenant(main.partner_id, user_id=main.user_id)


@pytest.mark.parametrize("state", ["approved", "ended"])
def test_a_partners_role_cannot_approve(main, customer, state):
    plan = make_plan(make_promotion(), customer, by=main)
    with pytest.raises(DatabaseError), transaction.atomic(), as_partner(main):
        VoucherPlan.objects.filter(pk=plan.pk).update(state=state)


def test_a_partners_role_does_not_delete_what_waits(main, customer):
    make_plan(make_promotion(), customer, by=main)
    with as_partner(main):
        VoucherPlan.objects.all()._raw_delete("default")
    assert VoucherPlan.objects.count() == 1


def test_another_partner_sees_none_of_it(main, customer):
    make_plan(make_promotion(), customer, by=main)
    stranger = make_member(role="partner_admin")
    assert not VoucherPlan.objects.visible_to(stranger).exists()
    with as_partner(stranger):
        assert not VoucherPlan.objects.exists()
        assert not PlanCustomer.objects.exists()
