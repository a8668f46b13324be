"""冻结: its steps, who takes them, what they bring about."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from activity.models import Activity, Notification
from associations.services import effects, other_type
from associations.services.checks import check_account, why_not
from billing.budgets import releasing
from billing.models import Resource
from billing.operations import services as operations
from billing.orders.paying import decide_pay
from core.refusals import InvalidTransition, NotAllowed, Refused
from customers.accounts.models import AccountNotice
from customers.freezing import nightly, services
from customers.freezing.models import Freeze, FreezeRecord
from customers.proxies.models import ProxySession
from customers.services import associate_customer
from org.models import Partner
from tests import factories as f
from tests.authorizations.making import make_authorization
from tests.factories import NOW
from tests.limits.making import make_budget, make_freeze, make_grant

pytestmark = pytest.mark.django_db


def freeze(customer, by, action="account", at=NOW, **more):
    return services.freeze_customer(customer, action, reason="逾期未付", by=by, at=at, **more)


def unfreeze(customer, by, at=NOW):
    return services.unfreeze_customer(customer, reason="已付清", by=by, at=at)


def state_of(customer):
    return services.freeze_of(customer).state


def test_an_account_is_frozen_with_a_reason_and_unfrozen_again(cast, customer):
    made = freeze(customer, cast.zong)
    assert state_of(customer) == "account"
    assert (made.action, made.cause, made.reason) == ("account", "manual", "逾期未付")
    assert services.frozen_how(customer) == "客户账号已冻结"
    unfreeze(customer, cast.zong)
    assert state_of(customer) == "normal"
    assert [r.action for r in FreezeRecord.objects.order_by("pk")] == ["account", "unfreeze"]
    assert services.frozen_how(customer) == ""


def test_nobody_freezes_without_a_reason(cast, customer):
    with pytest.raises(Refused, match="请填写原因"):
        services.freeze_customer(customer, "account", reason=" ", by=cast.zong, at=NOW)


@pytest.mark.parametrize(
    ("before", "step", "after"),
    [
        ("normal", "account", "account"),
        ("normal", "resources", "resources"),
        ("account", "resources", "resources"),
        ("account", "unfreeze", "normal"),
        ("resources", "unfreeze", "normal"),
        ("released", "unfreeze", "normal"),
        ("account", "account", None),
        ("resources", "account", None),
        ("normal", "unfreeze", None),
        ("released", "resources", None),
    ],
)
def test_only_declared_steps_are_taken(cast, customer, before, step, after):
    make_freeze(customer=customer, state=before)
    by = cast.zong

    def take():
        return unfreeze(customer, by) if step == "unfreeze" else freeze(customer, by, step)

    if after is None:
        with pytest.raises(InvalidTransition):
            take()
        after = before
    else:
        take()
    assert state_of(customer) == after


def test_only_partners_of_the_model_freeze_and_only_their_resold_customers(cast, customer):
    stranger = f.make_customer(partner=cast.stranger, association_type="resale")
    with pytest.raises(NotAllowed, match="销售模式是代售"):
        freeze(stranger, cast.pang)
    referral = f.make_customer(partner=cast.distributor)
    with pytest.raises(NotAllowed, match="只有转售客户"):
        freeze(referral, cast.zong)


def test_a_reseller_freezes_when_its_distributor_lets_it(cast, theirs):
    with pytest.raises(NotAllowed, match="总经销商没有开放"):
        freeze(theirs, cast.yun)
    make_grant(reseller=cast.reseller, by=cast.zong, kinds=[])
    freeze(theirs, cast.yun)
    assert state_of(theirs) == "account"


def test_a_distributor_freezes_customers_of_its_resellers_and_no_others(cast, theirs):
    made = freeze(theirs, cast.zong)
    assert (made.partner, made.by_partner) == (cast.reseller, cast.distributor)
    logs = Activity.objects.filter(verb="customer.frozen").values_list("partner_id", flat=True)
    assert set(logs) == {cast.reseller.pk, cast.distributor.pk}
    with pytest.raises(Refused):
        freeze(f.make_customer(partner=cast.stranger, association_type="postpaid"), cast.zong)


def test_the_customer_and_its_manager_are_told_and_the_customer_not_why(cast, theirs):
    f.make_account_user(account=theirs.cloud_account)
    freeze(theirs, cast.zong)
    told = Notification.objects.filter(kind="customer.frozen")
    assert {each.member for each in told} == {cast.yun, cast.jing}
    notice = AccountNotice.objects.get()
    assert notice.kind == "account.frozen"
    assert "逾期" not in str(notice.params)


def test_who_comes_as_postpaid_is_frozen_until_it_has_a_budget(cast):
    customer = associate_customer(
        partner=cast.distributor,
        number="new-1",
        name="新客户",
        account_name="xin",
        association_type="postpaid",
        source="link",
        associated_at=NOW,
        by=None,
        at=NOW,
    )
    row = services.freeze_of(customer)
    assert (row.state, row.cause, row.needs_budget) == ("account", "arrival", True)
    with pytest.raises(Refused, match="请先设置预算"):
        unfreeze(customer, cast.zong)
    freeze(customer, cast.zong, "resources")  # harder is allowed, out of it without budget is not
    with pytest.raises(Refused, match="请先设置预算"):
        unfreeze(customer, cast.zong)
    services.note_budget(customer)
    unfreeze(customer, cast.zong)


def test_the_database_holds_that_nobody_is_free_without_a_budget(customer):
    row = make_freeze(customer=customer, cause="arrival", needs_budget=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        Freeze.objects.filter(pk=row.pk).update(state="normal", cause="")


# ---- 15 days ----


def test_after_fifteen_days_the_resources_are_released_once_and_for_good(cast, customer):
    resource = f.make_resource(customer=customer)
    freeze(customer, cast.zong, "resources")
    assert releasing.release_due(at=NOW + timedelta(days=14, hours=23)) == 0
    resource.refresh_from_db()
    assert resource.state == Resource.State.ACTIVE
    later = NOW + timedelta(days=15)
    assert releasing.release_due(at=later) == 1
    resource.refresh_from_db()
    assert resource.state == Resource.State.RELEASED
    assert state_of(customer) == "released"
    assert releasing.release_due(at=later + timedelta(days=1)) == 0
    unfreeze(customer, cast.zong, at=later)
    assert state_of(customer) == "normal"
    assert Notification.objects.get(kind="customer.resources_released").member == cast.zong


def test_a_resource_that_cannot_be_released_comes_again(cast, customer, settings, monkeypatch):
    f.make_resource(customer=customer)
    make_freeze(customer=customer, state="resources", since=NOW - timedelta(days=20))

    class Away:
        def carry_out(self, order, request, *, at):
            raise releasing.Unreachable

    monkeypatch.setattr(releasing, "gateway", Away)
    assert releasing.release_due(at=NOW) == 0
    assert state_of(customer) == "resources"


def test_three_days_before_the_release_both_sides_are_told_once(cast, customer):
    make_freeze(customer=customer, state="resources", since=NOW - timedelta(days=12))
    nightly.warn_of_releases(at=NOW)
    nightly.warn_of_releases(at=NOW + timedelta(days=1))
    assert Notification.objects.filter(kind="customer.release_soon").count() == 1
    assert AccountNotice.objects.filter(kind="account.release_soon").count() == 1


# ---- the model ----


def test_a_partner_brings_in_only_what_its_model_has(cast):
    said = {"number": "n-1", "name": "甲", "account_name": "jia", "source": "link"}
    when = {"associated_at": NOW, "by": None, "at": NOW}
    with pytest.raises(Refused, match="不能以代售关联"):
        associate_customer(partner=cast.distributor, association_type="resale", **said, **when)
    with pytest.raises(Refused, match="不能以转售关联"):
        associate_customer(partner=cast.stranger, association_type="postpaid", **said, **when)


def test_a_reseller_sells_as_its_distributor_does(cast):
    with pytest.raises(IntegrityError), transaction.atomic():
        Partner.objects.filter(pk=cast.reseller.pk).update(sales_model="resale")


# ---- what a freeze keeps from being done ----


def test_for_a_frozen_customer_nothing_is_ordered_or_paid(cast, customer):
    make_freeze(customer=customer)
    assert services.why_frozen(customer) == "客户账号已冻结，无法代客下单。"
    order = f.make_order(customer=customer, waiting=True)
    assert "已冻结" in str(decide_pay(order, cast.zong))


def test_a_request_that_waited_is_not_carried_out_after_a_freeze(cast, customer):
    grant = make_authorization(customer=customer, by=cast.zong)
    who = {"partner_id": customer.partner_id, "customer": customer}
    session = ProxySession.objects.create(
        **who,
        authorization=grant,
        operator=cast.zong,
        purpose="operate",
        reason="续费",
        started_at=NOW,
        seen_at=NOW,
    )
    resource = f.make_resource(customer=customer)
    request = operations.ask_request(session, resource, "stop", by=cast.zong, at=NOW)
    make_freeze(customer=customer)
    operations.run_request(request.pk, at=NOW)
    request.refresh_from_db()
    assert (request.state, request.result) == ("failed", "客户账号已冻结")
    with pytest.raises(Refused, match="无法代客下单"):
        operations.ask_request(session, resource, "stop", by=cast.zong, at=NOW)


# ---- when the association ends ----


def test_leaving_lifts_what_the_system_froze_and_waits_for_what_a_person_did(cast, customer):
    row = make_freeze(customer=customer, cause="budget")
    make_budget(customer=customer)
    plan = effects.plan(effects.Step(customer, "leave"))
    assert {"budget", "thaws"} <= {effect.code for effect in plan}
    for effect in plan:
        effect.run(None, NOW)
    row.refresh_from_db()
    assert row.state == "normal"
    assert FreezeRecord.objects.get().action == "lift"
    other = f.make_customer(partner=cast.distributor, association_type="postpaid")
    make_freeze(customer=other)
    assert "没有手动冻结" in why_not(check_account(other, "leave"))


def test_who_switches_to_postpaid_is_frozen_until_it_has_a_budget(cast):
    customer = f.make_customer(partner=cast.distributor)
    assert other_type(customer) == "postpaid"
    for effect in effects.plan(effects.Step(customer, "switch", "postpaid")):
        effect.run(None, NOW)
    row = services.freeze_of(customer)
    assert (row.cause, row.needs_budget) == ("arrival", True)
